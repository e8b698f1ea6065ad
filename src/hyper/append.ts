import { Deferred, Duration, Effect, Exit, Semaphore } from "effect"
import { NotAMember, PactNotReady, StorageFull } from "../domain/errors.ts"
import type { Frame } from "../engine/ports.ts"
import type { OpenBase } from "./base.ts"
import { closing, perhapsWritten, stoppedBy } from "./errors.ts"
import { type Keeper, recoveryFirst } from "./keeper.ts"

export type AppendError = StorageFull | NotAMember | PactNotReady

export interface Appender {
  /** To be told of every frame that was decided. */
  readonly onFrame: (frame: Frame) => void
  /** Answers the length of the own log with the frame. */
  readonly append: <E = never>(
    keeper: Keeper,
    frame: Uint8Array,
    before?: (length: number) => Effect.Effect<void, E>
  ) => Effect.Effect<number, AppendError | E>
}

export const makeAppender = (dir: string): Appender => {
  const gate = Semaphore.makeUnsafe(1)
  /** The frames on their way, and the length of the own log with each once it is decided. */
  const appending = new Map<Uint8Array, number>()

  const append = Effect.fnUntraced(function* <E>(
    keeper: Keeper,
    frame: Uint8Array,
    before?: (length: number) => Effect.Effect<void, E>
  ): Effect.fn.Return<number, AppendError | E> {
    const open = yield* keeper.writer
    const behind = yield* Effect.exit(isBehind(open))
    if (Deferred.isDoneUnsafe(open.broken)) return yield* refusal(dir, open)
    if (yield* behind) return yield* new PactNotReady({ message: recoveryFirst })
    if (before !== undefined) yield* before(open.base.local.length)
    // A view of its own, so that this frame is told from another with the same bytes.
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    appending.set(bytes, 0)
    const { decided, exit } = yield* Effect.tryPromise(() => open.base.append(bytes)).pipe(
      Effect.exit,
      // Autobase counts from where its log stood when it was asked, which an ack may have moved. Apply knows.
      Effect.map((exit) => ({ decided: appending.get(bytes)!, exit })),
      Effect.ensuring(Effect.sync(() => appending.delete(bytes)))
    )
    const length = decided > 0 || Exit.isFailure(exit) ? decided : exit.value
    const settled = yield* Effect.exit(Effect.tryPromise(open.durable.settled))
    if (length > 0 && open.durable.ownLength() >= length) return length
    return yield* Exit.isFailure(exit) || Exit.isFailure(settled)
      ? Effect.mapError(refusal(dir, open), (error) => (length > 0 ? unsure(error) : error))
      : Effect.die(new Error(`Frame ${length} went past durability.ts`))
  })

  return {
    // Autobase hands over the very bytes that were appended.
    onFrame: ({ bytes, length }) => {
      if (appending.has(bytes)) appending.set(bytes, length)
    },
    append: (keeper, frame, before) => gate.withPermit(append(keeper, frame, before))
  }
}

/** How long what is here already may take to be applied before anything is written. */
const applyTime = Duration.seconds(10)

/**
 * True while peers know, or may know, more of the own log than is here. Writing then would fork it. Fails where that can't be
 * told in time: what is here has to be applied first, and that may take blocks which only peers have.
 */
export const isBehind = ({ base, mark }: OpenBase, time = applyTime): Effect.Effect<boolean, PactNotReady> =>
  Effect.suspend(() => {
    const isIdle = () => base.localWriter === null || base.localWriter.idle()
    if (mark.lostTail() || base.local.contiguousLength < base.local.length) return Effect.succeed(true)
    if (isIdle()) return Effect.succeed(false)
    return Effect.tryPromise({ try: () => base.update(), catch: () => closing }).pipe(
      Effect.timeoutOrElse({ duration: time, orElse: () => Effect.fail(blocksFirst) }),
      Effect.map(() => !isIdle())
    )
  })

// It is also told of an entry that may be in the log from before.
const blocksFirst = new PactNotReady({
  message:
    "What is here of this pact can't be decided yet: blocks that only other members have may be missing. " +
    "Nothing more is written before they come. Try again when one of them is online."
})

/** The frame was decided, and what came then failed: the block may have been written with it. */
const unsure = (error: AppendError): AppendError => {
  const message = `${error.message} ${perhapsWritten}`
  return error instanceof StorageFull ? new StorageFull({ message }) : new PactNotReady({ message })
}

/** Why an append came to nothing. */
const refusal = Effect.fnUntraced(function* (
  dir: string,
  { base, broken }: OpenBase
): Effect.fn.Return<never, AppendError> {
  if (Deferred.isDoneUnsafe(broken)) {
    const error = stoppedBy(dir, yield* Deferred.await(broken))
    return yield* error instanceof StorageFull ? error : new PactNotReady({ message: error.message })
  }
  return yield* base.writable
    ? closing
    : new NotAMember({ message: "This machine is no member of the pact, so it can't write. Join it first." })
})
