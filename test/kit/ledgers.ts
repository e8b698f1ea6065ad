import { Effect, Exit, type FileSystem, Scope, Stream } from "effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { decodeText, encodeText, toHex } from "../../src/engine/bytes.ts"
import type { Fact } from "../../src/engine/facts.ts"
import type { LogSnapshot } from "../../src/engine/ports.ts"
import { type Apply, type Ledger, type LedgerOptions, openLedger } from "../../src/hyper/Ledger.ts"
import { openNewcomer } from "../../src/hyper/newcomer.ts"

/**
 * A tiny apply: the log says whose frame it was and what was in it, `state` counts the frames of each writer that ask
 * for it. A frame is text: `count`, `admit <key>`, `promote <key>`, `remove <key>`, anything else is only logged.
 */
export const tinyApply: Apply = async (_pactId, { log, state }, { bytes, length, writer }) => {
  const [word = "", key = ""] = (decodeText(bytes) ?? "").split(" ")
  const facts: Array<Fact> = []
  if (word === "count") {
    const before = await state.get(`count/${writer}`)
    await state.put(`count/${writer}`, encodeText(String(Number(before === null ? 0 : decodeText(before)) + 1)))
  }
  if (["admit", "promote", "remove"].includes(word) && /^[0-9a-f]{64}$/.test(key)) {
    const role = word === "promote" ? "indexer" : "member"
    facts.push({ kind: "member", key, agent_id: "anon-maple-1a2b3c4d", role, active: word !== "remove" })
    await state.put(`member/${key}`, encodeText(word))
  }
  await log.append(
    encodeText(`${writer.slice(0, 8)} ${length} ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`)
  )
  return facts
}

export const defaults = { apply: tinyApply, durability: "os" } as const

/** Opens a ledger that can be closed at will. It closes with the surrounding Scope at the latest. */
export const openClosable = Effect.fnUntraced(function* (options: Partial<LedgerOptions> & Pick<LedgerOptions, "dir">) {
  const outer = yield* Effect.scope
  const scope = yield* Scope.fork(outer)
  const ledger = yield* openLedger({ ...defaults, ...options }).pipe(Scope.provide(scope))
  return { ...ledger, dir: options.dir, close: Scope.close(scope, Exit.void) }
})
export type Closable = Effect.Success<ReturnType<typeof openClosable>>

/** The folder of a ledger's data in a folder of its own, as a pact has it. */
export const dataIn = (home: string, name: string): string => join(home, name, "data")

/** Connects two ledgers in memory until the answer runs. */
export const linkLedgers = Effect.fnUntraced(function* (a: Ledger, b: Ledger) {
  const one = yield* a.replicate(true)
  const other = yield* b.replicate(false)
  one.pipe(other).pipe(one)
  return Effect.sync(() => {
    one.destroy()
    other.destroy()
  })
}, Effect.orDie)

/** Connects two ledgers in memory until `cut` says so, which is asked before each piece that goes to the second one. */
export const linkUntil = Effect.fnUntraced(function* (a: Ledger, b: Ledger, cut: () => boolean) {
  const one = yield* a.replicate(true)
  const other = yield* b.replicate(false)
  other.pipe(one)
  const unlink = Effect.sync(() => {
    one.destroy()
    other.destroy()
  })
  yield* Effect.callback<void>((resume) => {
    one.on("data", (piece: Buffer) => {
      if (cut()) resume(Effect.void)
      else other.write(piece)
    })
  }).pipe(Effect.ensuring(unlink))
}, Effect.orDie)

/** A log of its own in a creator's pact, as a join makes it. Nobody has admitted it so far. */
export const openStranger = Effect.fnUntraced(function* (
  { encryptionKey, pactId }: Ledger,
  options: Partial<LedgerOptions> & Pick<LedgerOptions, "dir">
) {
  yield* Effect.scoped(openNewcomer(options.dir, pactId, true))
  return yield* openClosable({ ...options, pactId, encryptionKey })
})

/** A member of a creator's pact, linked to it and admitted. */
export const joinLedger = Effect.fnUntraced(function* (
  creator: Ledger,
  options: Partial<LedgerOptions> & Pick<LedgerOptions, "dir">
) {
  const member = yield* openStranger(creator, options)
  const unlink = yield* linkLedgers(creator, member)
  yield* creator.append(encodeText(`admit ${member.memberKey}`))
  yield* settled(member, "writable", () => member.writable)
  return { member, unlink }
})

/** Asks again whenever the ledger changes, until the answer is true. Past the deadline it says how things stand. */
export const settled = <E, R>(
  ledger: Ledger,
  what: string,
  question: () => Effect.Effect<boolean, E, R>
): Effect.Effect<void, E, R> =>
  ledger.changes.pipe(
    Stream.mapEffect(question),
    Stream.takeUntil((yes) => yes),
    Stream.runDrain,
    Effect.timeoutOrElse({
      duration: "15 seconds",
      orElse: () => Effect.flatMap(standing(ledger), (state) => Effect.die(new Error(`not ${what} in time: ${state}`)))
    })
  )

/** The blocks of the log as text. */
export const logOf = (ledger: Ledger): Effect.Effect<ReadonlyArray<string>> =>
  withSnapshot(ledger, async (snapshot) => {
    const blocks = await Promise.all(Array.from({ length: snapshot.length }, (_, i) => snapshot.get(i)))
    return blocks.map((block) => decodeText(block)!)
  })

/**
 * Whose frame each block of the log is, by the length of that writer's log with it. Acks take a place in a writer's
 * log too, so these grow but leave gaps.
 */
export const lengthsOf = ({ memberKey }: Ledger, log: ReadonlyArray<string>): ReadonlyArray<number> =>
  log.filter((line) => line.startsWith(memberKey.slice(0, 8))).map((line) => Number(line.split(" ")[1]))

/** True for a log in which every frame stands once, in its writer's order. */
export const areOnce = (lengths: ReadonlyArray<number>): boolean =>
  lengths.every((length, i) => i === 0 || length > lengths[i - 1]!)

export const hashOf = (ledger: Ledger): Effect.Effect<string> =>
  withSnapshot(ledger, async (snapshot) => `${snapshot.length}:${toHex(await snapshot.hash(snapshot.length))}`)

export const withSnapshot = <A>(ledger: Ledger, use: (snapshot: LogSnapshot) => Promise<A>): Effect.Effect<A> =>
  ledger.snapshot.pipe(
    Effect.flatMap((snapshot) => Effect.promise(() => use(snapshot))),
    Effect.scoped,
    Effect.orDie
  )

/** Waits until both have the same log, of at least `length` blocks, all confirmed. */
export const converged = (a: Ledger, b: Ledger, length: number): Effect.Effect<void> =>
  Effect.all(
    [a, b].map((ledger) =>
      settled(ledger, `confirmed up to ${length}`, () =>
        withSnapshot(ledger, async (snapshot) => snapshot.length >= length && snapshot.signedLength === snapshot.length)
      )
    ),
    { concurrency: 2 }
  ).pipe(
    Effect.andThen(Effect.all([hashOf(a), hashOf(b)])),
    Effect.flatMap(([left, right]) => (left === right ? Effect.void : Effect.die(new Error(`${left} is not ${right}`))))
  )

const standing = (ledger: Ledger): Effect.Effect<string> =>
  Effect.gen(function* () {
    const writable = yield* ledger.writable
    const recovering = yield* ledger.recovering
    const snapshot = yield* Effect.scoped(
      Effect.map(ledger.snapshot, ({ length, signedLength }) => ({ length, signedLength }))
    )
    return JSON.stringify({ writable, recovering, ...snapshot })
  }).pipe(Effect.orElseSucceed(() => "it is closing"))

export type Services = Scope.Scope | FileSystem.FileSystem
