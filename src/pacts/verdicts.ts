import { Duration, Effect, Option, Schedule, Stream } from "effect"
import { PactNotReady, type StorageFull, ViewTimeout } from "../domain/errors.ts"
import { type Decided, decodeBlock } from "../engine/block.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import type { Batch } from "../projection/batch.ts"
import type { Projection } from "../projection/Projection.ts"
import { unlessDamaged } from "./read-model.ts"

/** A frame that was appended has its verdict: who asks waits while the log is opened again, and not for ever. */
const reopening = {
  while: (error: StorageFull | PactNotReady) => error._tag === "PACT_NOT_READY",
  schedule: Schedule.spaced("200 millis"),
  times: 20
}
/** How long a frame that was appended may wait for its verdict. */
const settleTime = Duration.seconds(10)
const noVerdict = new ViewTimeout({
  message:
    "The entry is in the log of this machine, and there is no verdict on it yet: blocks that peers have are missing here, " +
    "or the pact is closing. Look for it later, or send it again with the same Idempotency-Key."
})
/** How many blocks back a verdict is looked for in the log. */
const lookBack = 1024

/**
 * Keeps the newest own frame that the read model takes while the verdict on one is awaited. One frame at a time is
 * appended, so it is that one.
 */
export const makeOwnFrame = (memberKey: string) => {
  let expected = false
  let newest: { readonly length: number; readonly decided: ReadonlyArray<Decided> } | null = null
  return {
    expect: () => void (expected = true),
    notice: (batch: Batch) => {
      if (!expected) return
      for (const { decided, length, writer } of batch.blocks)
        if (writer === memberKey && length >= (newest?.length ?? 0)) newest = { length, decided }
    },
    verdicts: (length: number): ReadonlyArray<Decided> | null => (newest?.length === length ? newest.decided : null),
    forget: () => {
      expected = false
      newest = null
    }
  }
}

/**
 * The verdicts on an own frame, by the length of its log with it, once they can be told. Null: the order passes over it.
 *
 * @param sync brings the read model to the end of the log.
 * @param noticed what the read model has taken just now.
 */
export const makeFind = (
  ledger: Pick<Ledger, "changes" | "lacking" | "memberKey" | "tail">,
  projection: Projection,
  sync: Effect.Effect<void, StorageFull | PactNotReady>,
  noticed: (length: number) => ReadonlyArray<Decided> | null
) => {
  const atTheEnd = (length: number) =>
    Effect.scoped(
      Effect.flatMap(ledger.tail, (tail) =>
        Effect.tryPromise({
          try: async () => ({
            whole: tail.whole,
            found: await findBlock(tail, ledger.memberKey, length, tail.whole ? 0 : tail.signedLength)
          }),
          catch: (cause) => cause
        })
      )
    ).pipe(Effect.catch((cause) => (cause instanceof PactNotReady ? Effect.fail(cause) : Effect.die(cause))))

  /** The verdicts, or that the order passes over the frame, or null while neither can be told. */
  const look = Effect.fnUntraced(
    function* (length: number) {
      // That the order passes over a frame is told only where all was here from before the read model was asked on.
      const wasWhole = (yield* ledger.lacking) === 0
      yield* Effect.catchTag(sync, "STORAGE_FULL", () => Effect.void)
      const decided = noticed(length)
      if (decided !== null) return decided
      const { found, whole } = yield* atTheEnd(length)
      if (found !== null || !whole || !wasWhole) return found
      return unlessDamaged(() => (projection.member(ledger.memberKey)?.active === true ? null : "passed over"))
    },
    (looked) => Effect.retry(looked, reopening)
  )

  return (length: number): Effect.Effect<ReadonlyArray<Decided> | null, ViewTimeout> =>
    look(length).pipe(
      // A log that was taken over from peers holds an own frame only after the next merge.
      Effect.flatMap((found) =>
        found !== null
          ? Effect.succeed(found)
          : Effect.map(
              Stream.runHead(
                Stream.filter(
                  Stream.mapEffect(ledger.changes, () => look(length)),
                  isFound
                )
              ),
              Option.getOrNull
            )
      ),
      Effect.timeoutOrElse({ duration: settleTime, orElse: () => Effect.succeed(null) }),
      Effect.catchTag("PACT_NOT_READY", () => Effect.succeed(null)),
      Effect.flatMap((found) => (found === null ? noVerdict : Effect.succeed(found === "passed over" ? null : found)))
    )
}

/** Looks back as far as `from`. */
const findBlock = async (log: LogSnapshot, writer: string, length: number, from: number) => {
  for (let at = log.length - 1; at >= Math.max(from, log.length - lookBack); at--) {
    const block = decodeBlock(await log.get(at))
    if (block.writer === writer && block.length === length) return block.decided
  }
  return null
}

const isFound = <A>(found: A | null): found is A => found !== null
