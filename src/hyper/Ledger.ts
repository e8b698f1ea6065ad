import { Duration, Effect, type FileSystem, Queue, type Scope, Stream } from "effect"
import type { Duplex } from "node:stream"
import { PactNotReady, type StorageFull } from "../domain/errors.ts"
import { toHex } from "../engine/bytes.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import { type AppendError, isBehind, makeAppender } from "./append.ts"
import { type LedgerOptions, type OpenBase, openBase } from "./base.ts"
import type { LedgerError } from "./errors.ts"
import { findFrame } from "./find-frame.ts"
import { makeKeeper, recoveryFirst } from "./keeper.ts"
import { type Identity, identityOf } from "./identity.ts"
import { type Gaps, heldLength, missingBlocks, offeredGaps } from "./missing.ts"
import { pinLog } from "./pin.ts"
import { fetchOwnLog, type Recovery } from "./recovery.ts"
import { attempt, closing, markShared } from "./storage.ts"

export type { LedgerOptions } from "./base.ts"
export type { Durability } from "./durability.ts"
export { LedgerError } from "./errors.ts"
export type { Apply } from "./views.ts"

/** The log of one pact, as this machine has it, open in a Scope. Everything in it ends with the Scope. */
export interface Ledger {
  readonly pactId: string
  /** The key of this machine's own log, 64 hex. */
  readonly memberKey: string
  /** 64 hex. A secret. */
  readonly encryptionKey: string
  /** Where peers of the pact find each other, 64 hex. It gives nothing away. */
  readonly discoveryKey: string
  /** Proves this machine to peers. */
  readonly identity: Identity
  /** True while this machine is a member that may write. */
  readonly writable: Effect.Effect<boolean>
  readonly indexer: Effect.Effect<boolean>
  /** True while this member's signature counts. One that was made or removed as an indexer is so when that is confirmed. */
  readonly signs: (memberKey: string) => boolean
  /**
   * True while peers may hold entries of this machine that it lost: it must not write before {@link recoverOwnLog}. False, too,
   * where what is here can't be applied without peers.
   */
  readonly recovering: Effect.Effect<boolean>
  /**
   * Appends one frame to the own log and answers the length of that log with it. It is applied by then, and durable as
   * the pact's durability says. A failure means that the frame is not in the log, and won't be, unless it says so: when
   * the disk fails while the frame is being written or synced, it may stand there and may not. {@link findFrame} tells.
   *
   * @param before runs with the length of the own log when all else is ready. When it fails nothing is appended.
   */
  readonly append: <E = never>(
    frame: Uint8Array,
    before?: (length: number) => Effect.Effect<void, E>
  ) => Effect.Effect<number, AppendError | E>
  /**
   * The length of the own log with the first frame that stands in it after `length`, if that frame has this SHA-256.
   * Null: it has not, or there is none. Fails while entries may be missing, see {@link recovering}.
   */
  readonly findFrame: (length: number, hash: Uint8Array) => Effect.Effect<number | null, PactNotReady>
  /** Where the log ends, how much of it is signed and here, in few words: while they are the same there is nothing new. */
  readonly head: Effect.Effect<string, PactNotReady>
  /** How many blocks peers are known to have that are not taken in here. */
  readonly missing: Effect.Effect<number, PactNotReady>
  /** See {@link offeredGaps}. */
  readonly offered: Effect.Effect<Gaps, PactNotReady>
  /** How many blocks of the log are on their way: a machine that comes anew is sent ahead and fetches them then. */
  readonly lacking: Effect.Effect<number, PactNotReady>
  /**
   * Pins the log as it is now, up to the first block that is not here, until the Scope closes. Waits while the ledger
   * opens itself anew, and never for a peer.
   */
  readonly snapshot: Effect.Effect<LedgerSnapshot, PactNotReady, Scope.Scope>
  /** The same to the very end. Blocks before `signedLength` may be missing, and who reads one waits for peers. */
  readonly tail: Effect.Effect<LedgerSnapshot, PactNotReady, Scope.Scope>
  /** Speaks at once, and then whenever the log may have moved or more of it is confirmed. Bursts become one. */
  readonly changes: Stream.Stream<void>
  /** The newest value of a key of `state`. */
  readonly stateGet: (key: string) => Effect.Effect<Uint8Array | null, PactNotReady>
  /** Ends when the ledger can't go on, with the reason. A full disk is no such reason. */
  readonly failed: Effect.Effect<LedgerError>
  /** Shares the pact over a stream to a peer that may see it. True and false make the two ends of one in memory. */
  readonly replicate: (stream: boolean | Duplex) => Effect.Effect<Duplex, LedgerError | StorageFull | PactNotReady>
  /** Fetches what peers hold of the own log and this machine lost, see recovery.ts. Streams from before it end. */
  readonly recoverOwnLog: <E, R>(
    connect: Recovery<E, R>
  ) => Effect.Effect<
    { readonly before: number; readonly after: number },
    E | LedgerError | StorageFull | PactNotReady,
    R
  >
}

export interface LedgerSnapshot extends LogSnapshot {
  /** False where blocks of the log were missing here when it was pinned: what comes behind, or in between, is not gone. */
  readonly whole: boolean
}

/** Bytes that must be free to append, or a tenth of a small disk: RocksDB needs them to write its tables. */
const defaultReserve = 16 * 1024 * 1024
/** How long it may take to tell whether the own log is whole. It is asked before any peer is met, so it can't wait for one. */
const tellTime = Duration.seconds(2)

/** Opens a pact's log, or makes a new one. When the Scope has closed it is on disk, closed and unlocked. */
export const openLedger = Effect.fn("openLedger")(function* (
  options: LedgerOptions
): Effect.fn.Return<Ledger, LedgerError | StorageFull, Scope.Scope | FileSystem.FileSystem> {
  const { dir, reserve = defaultReserve } = options
  const listeners = new Set<() => void>()
  const onChange = () => {
    for (const listener of listeners) listener()
  }
  const { append, onFrame } = makeAppender(dir)
  let current: LedgerOptions = options
  let again = false
  const keeper = yield* makeKeeper({
    dir,
    reserve,
    onChange,
    open: Effect.suspend(() => openBase(current, { onFrame, onChange, again }))
  })
  const { base } = yield* Effect.orDie(keeper.opened)
  const pactId = toHex(base.key)
  const memberKey = toHex(base.local.key)
  const encryptionKey = toHex(base.encryptionKey!)
  current = { ...options, pactId, encryptionKey }
  again = true

  const ask = <A>(question: (open: OpenBase) => A | Promise<A>): Effect.Effect<A, PactNotReady> =>
    Effect.flatMap(keeper.opened, (open) =>
      Effect.tryPromise({
        try: async () => question(open),
        catch: (cause) => (cause instanceof PactNotReady ? cause : isClosing())
      })
    )

  /** The same for what can be told at once. */
  const askNow = <A>(question: (open: OpenBase) => A): Effect.Effect<A, PactNotReady> =>
    Effect.flatMap(keeper.opened, (open) => Effect.try({ try: () => question(open), catch: isClosing }))

  const pin = Effect.fnUntraced(function* (
    upTo: "held" | "all"
  ): Effect.fn.Return<LedgerSnapshot, PactNotReady, Scope.Scope> {
    const {
      base: pinned,
      core,
      held,
      signed,
      whole
    } = yield* Effect.acquireRelease(
      ask(async ({ base }) => ({ base, ...(await pinLog(base.view.log)) })),
      ({ core }) => closing(dir, () => core.close())
    )
    // Nobody reads what is not durable yet.
    yield* ask(({ durable }) => durable.settled())
    // A base that is closed under a reader is opened anew: the reader comes again. So it does where blocks were missing
    // when the log was pinned: what was fetched since then is not in the pinned tree, and no fault of it.
    const read = <A>(work: Promise<A>): Promise<A> =>
      work.catch((cause: unknown) => {
        if (keeper.peek()?.base !== pinned) throw new PactNotReady({ message: "This pact is being opened again." })
        if (!whole && isNotInTree(cause)) throw new PactNotReady({ message: "This pact is still being fetched." })
        throw cause
      })
    const length = upTo === "all" ? core.length : Math.min(held, core.length)
    return {
      length,
      whole,
      signedLength: Math.min(signed, length),
      get: (index) => read(core.get(index)),
      hash: (length) => read(core.treeHash(length))
    }
  })

  const changes = Stream.callback<void>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const listener = () => void Queue.offerUnsafe(queue, undefined)
          listeners.add(listener)
          listener()
          return listener
        }),
        (listener) => Effect.sync(() => listeners.delete(listener))
      ),
    { bufferSize: 1, strategy: "sliding" }
  )

  const ledger: Ledger = {
    pactId,
    memberKey,
    encryptionKey,
    discoveryKey: toHex(base.discoveryKey),
    identity: identityOf(base.local),
    writable: Effect.sync(() => keeper.peek()?.base.writable ?? false),
    indexer: Effect.sync(() => keeper.peek()?.base.isIndexer ?? false),
    signs: (key) =>
      keeper.peek()?.base.linearizer.indexers.some(({ core }) => core.key !== null && toHex(core.key) === key) ?? false,
    recovering: orFalse(Effect.flatMap(keeper.opened, (open) => isBehind(open, tellTime))),
    append: (frame, before) => append(keeper, frame, before),
    findFrame: (after, hash) =>
      keeper.opened.pipe(
        Effect.flatMap((open) => isBehind(open)),
        Effect.flatMap((behind) =>
          behind ? new PactNotReady({ message: recoveryFirst }) : ask(({ base }) => findFrame(base.local, after, hash))
        )
      ),
    head: askNow(({ base }) => {
      const { fork, key, length, signedLength } = base.view.log
      return `${toHex(key)} ${fork} ${length} ${signedLength} ${heldLength(base.view.log)}`
    }),
    lacking: askNow(({ base: { view } }) => view.log.length - heldLength(view.log)),
    missing: ask(({ base }) => missingBlocks(base)),
    offered: ask(({ base }) => offeredGaps(base)),
    snapshot: pin("held"),
    tail: pin("all"),
    changes,
    stateGet: (key) => ask(async ({ base }) => (await base.view.state.get(key, { update: false }))?.value ?? null),
    failed: keeper.failed,
    replicate: Effect.fnUntraced(function* (stream) {
      const { base, durable } = yield* keeper.opened
      yield* attempt(dir, async () => {
        await markShared(base.local)
        await durable.show()
      })
      return yield* attempt(dir, async () => base.replicate(stream).on("error", () => {}))
    }),
    recoverOwnLog: (connect) =>
      keeper.closedFor(({ mark }) => Effect.tap(fetchOwnLog(dir, memberKey, connect), mark.recovered))
  }
  return ledger
})

const isClosing = () => new PactNotReady({ message: "This pact is closing." })

/** Hypercore's error for a hash that needs a block which is not here. */
const isNotInTree = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "INVALID_OPERATION"

const orFalse = <E>(effect: Effect.Effect<boolean, E>): Effect.Effect<boolean> =>
  Effect.orElseSucceed(effect, () => false)
