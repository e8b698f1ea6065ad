import Hyperbee from "hyperbee"
import type Hypercore from "hypercore"
import type { Host, Node, ViewStore } from "autobase"
import { fromHex, toHex } from "../engine/bytes.ts"
import type { Fact } from "../engine/facts.ts"
import type { Frame, LogPort, StatePort } from "../engine/ports.ts"
import { ApplyDefect } from "./errors.ts"

/** Decides one frame, see engine/apply.ts. Answers the facts that it set. */
export type Apply = (
  pactId: string,
  ports: { readonly state: StatePort; readonly log: LogPort },
  frame: Frame
) => Promise<ReadonlyArray<Fact>>

/** The two views of a pact. Their names and encodings are a part of the protocol. */
export interface Views {
  readonly log: Hypercore
  readonly state: Hyperbee
}

export const openViews = (store: ViewStore): Views => ({
  log: store.get("log", { valueEncoding: "binary" }),
  state: new Hyperbee(store.get("state"), { keyEncoding: "utf-8", valueEncoding: "binary", extension: false })
})

export const closeViews = async ({ log, state }: Views): Promise<void> => {
  await state.close()
  await log.close()
}

/**
 * Autobase's apply over ours: each frame for itself, so that the views do not depend on where batches begin and end.
 *
 * @param onFrame sees each frame that was decided.
 */
export const makeApply = (apply: Apply, onFrame: (frame: Frame) => void) => {
  const logPort = memoize(logPortOf)
  return async (nodes: ReadonlyArray<Node>, { log, state }: Views, host: Host): Promise<void> => {
    const pactId = toHex(host.key)
    for (const node of nodes) {
      const frame: Frame = { writer: toHex(node.from.key), length: node.length, bytes: node.value }
      const batch = state.batch({ update: false })
      let facts: ReadonlyArray<Fact>
      try {
        const get = async (key: string) => (await batch.get(key))?.value ?? null
        facts = await apply(
          pactId,
          { state: { get, put: (key, value) => batch.put(key, value) }, log: logPort(log) },
          frame
        )
        // Nothing is written when nothing was put.
        await batch.flush()
      } catch (cause) {
        throw new ApplyDefect(frame, cause)
      } finally {
        await batch.close()
      }
      await admit(pactId, facts, host)
      onFrame(frame)
    }
  }
}

/** Tells Autobase who may write. The creator is its first indexer from the start and stays. */
const admit = async (pactId: string, facts: ReadonlyArray<Fact>, host: Host): Promise<void> => {
  for (const fact of facts) {
    if (fact.kind !== "member" || fact.key === pactId) continue
    const key = fromHex(fact.key)
    if (fact.active) await host.addWriter(key, { indexer: fact.role === "indexer" })
    else if (host.removeable(key)) await host.removeWriter(key)
  }
}

/** The last block is kept in memory: every frame starts with it. A truncation raises the fork. */
const logPortOf = (log: Hypercore): LogPort => {
  let last: { readonly length: number; readonly fork: number; readonly block: Uint8Array } | null = null
  return {
    last: async () => {
      if (log.length === 0) return null
      if (last?.length === log.length && last.fork === log.fork) return last.block
      return log.get(log.length - 1)
    },
    append: async (block) => {
      await log.append(block)
      last = { length: log.length, fork: log.fork, block }
    }
  }
}

const memoize = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const made = new WeakMap<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}
