import { entryIdOf, frameIdOf } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { type Decided, decodeHead, encodeBlock } from "./block.ts"
import { decodeText, encodeText } from "./bytes.ts"
import { decide, reads } from "./decide.ts"
import { decodeEntry } from "./entry.ts"
import { factsOf, genesis } from "./facts-view.ts"
import type { Fact } from "./facts.ts"
import { decodeFrame } from "./frame.ts"
import { keys, keysOf } from "./keys.ts"
import type { Frame, LogPort, StatePort } from "./ports.ts"

/** Sees every fact that changes, with the one before it and the id of the frame. For invariants.ts. */
export type Watch = (before: Fact | null, after: Fact, frame: string) => void

/**
 * Decides one frame: one block to `log`, and to `state` the facts that it set. The only authority on what counts.
 * A pure function of the frames in their order: it knows no clock, no chance and no border between batches,
 * and no bytes that a member can write make it throw.
 *
 * @returns the facts that the frame set, in order, for the host that has to admit or remove writers.
 */
export const applyFrame = async (
  pactId: string,
  ports: { readonly state: StatePort; readonly log: LogPort },
  frame: Frame,
  watch?: Watch
): Promise<ReadonlyArray<Fact>> => {
  const frameId = frameIdOf(entryIdOf(frame.writer, frame.length, 0))
  const last = await ports.log.last()
  let { mark, next } = last === null ? { mark: 0, next: 0 } : decodeHead(last)
  const loaded = new Map<string, Fact | null>()
  const dirty = new Map<string, Fact>()
  const set: Array<Fact> = []

  const load = async (wanted: ReadonlyArray<string>) => {
    for (const key of wanted) if (!loaded.has(key)) loaded.set(key, await readFact(ports.state, key))
  }
  const keep = (fact: Fact) => {
    const at = keysOf(fact)
    watch?.(loaded.get(at[0]!) ?? null, fact, frameId)
    for (const key of at) {
      loaded.set(key, fact)
      dirty.set(key, fact)
    }
    set.push(fact)
  }
  await load([keys.pact, keys.member(frame.writer)])
  const first = loaded.get(keys.pact) === null ? genesis(pactId) : []
  for (const fact of first) for (const key of keysOf(fact)) loaded.set(key, fact)

  const decideOne = async (bytes: Uint8Array, place: number): Promise<Decided> => {
    const id = entryIdOf(frame.writer, frame.length, place)
    const decoded = decodeEntry(bytes)
    if (typeof decoded === "string") return { accepted: false, id, code: decoded }
    const { entry, json } = decoded
    await load(reads(entry, frame.writer))
    const time = next === 0 ? entry.timestamp : Math.min(entry.timestamp, mark + limits.clockAhead)
    const verdict = decide(entry, { pactId, writer: frame.writer, id, time }, factsOf(loaded))
    if (!verdict.accepted) return { accepted: false, id, code: verdict.code }
    // The first accepted entry brings the creator into being.
    const facts = next === 0 ? merged([...first, ...verdict.facts]) : verdict.facts
    for (const fact of facts) keep(fact)
    mark = Math.max(mark, time)
    return { accepted: true, id, position: next++, json, facts }
  }

  const entries = decodeFrame(frame.bytes)
  const decided: Array<Decided> = []
  if (entries === null)
    decided.push({ accepted: false, id: entryIdOf(frame.writer, frame.length, 0), code: "BAD_ENTRY" })
  else for (const [place, bytes] of entries.entries()) decided.push(await decideOne(bytes, place))

  for (const [key, fact] of dirty) await ports.state.put(key, encodeText(JSON.stringify(fact)))
  await ports.log.append(encodeBlock({ writer: frame.writer, length: frame.length, next, mark, decided }))
  return set
}

/** The newest of each fact, in the order in which they came up. */
const merged = (facts: ReadonlyArray<Fact>): ReadonlyArray<Fact> => [
  ...new Map(facts.map((fact) => [keysOf(fact)[0], fact])).values()
]

const readFact = async (state: StatePort, key: string): Promise<Fact | null> => {
  const bytes = await state.get(key)
  return bytes === null ? null : (JSON.parse(decodeText(bytes)!) as Fact)
}
