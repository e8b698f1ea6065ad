import { Effect } from "effect"
import { createHash } from "node:crypto"
import {
  IdempotencyConflict,
  type Internal,
  NotAMember,
  type PactNotReady,
  type StorageFull,
  type ViewTimeout
} from "../domain/errors.ts"
import { entryIdOf } from "../domain/ids.ts"
import type { Decided } from "../engine/block.ts"
import type { Refusal } from "../engine/verdict.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import { jsonOf } from "../projection/entry.ts"
import type { Projection } from "../projection/Projection.ts"
import type { Attempt } from "./attempt.ts"
import type { Follower } from "./follower.ts"
import type { Marked } from "./groups.ts"
import { unlessDamaged } from "./read-model.ts"
import type { Mark } from "./request-store.ts"
import { refusalError } from "./refusals.ts"

/** Notes, before a frame is appended, where its entries of keyed requests are going to stand. On disk when it ends. */
export const noteFrame =
  (pactId: string, frame: Uint8Array, marked: ReadonlyArray<Marked<Attempt>>) =>
  (length: number): Effect.Effect<void, StorageFull | Internal> => {
    const hash = createHash("sha256").update(frame).digest()
    return Effect.forEach(marked, ({ mark, place }) => mark.note({ pactId, entry: { length, frame: hash, place } }), {
      discard: true
    }).pipe(Effect.andThen(marked[0]?.mark.settled ?? Effect.void))
  }

/** The same of a mark that needs no frame. */
export const noteNow = ({ note, settled }: Attempt, mark: Mark) => Effect.andThen(note(mark), settled)

/** The verdict on what an earlier try of the same request wrote. Null: it wrote nothing, and won't. */
export const findWritten = Effect.fnUntraced(function* (
  { follower, ledger, read }: { readonly ledger: Ledger; readonly follower: Follower; readonly read: Projection },
  { entry, pactId }: Mark
): Effect.fn.Return<Decided | null, IdempotencyConflict | NotAMember | PactNotReady | StorageFull | ViewTimeout> {
  if (pactId !== ledger.pactId || entry === null) return yield* elsewhere
  const length = yield* ledger.findFrame(entry.length, entry.frame)
  if (length === null) return null
  yield* follower.sync
  const id = entryIdOf(ledger.memberKey, length, entry.place)
  const found = unlessDamaged(() => read.entry(id))
  if (found === null) {
    const decided = yield* follower.find(length)
    return decided?.[entry.place] ?? (yield* refusalError("NOT_A_MEMBER") as NotAMember)
  }
  return found.accepted
    ? { accepted: true, id, position: found.position, json: jsonOf(id, found.body), facts: [] }
    : { accepted: false, id, code: found.code as Refusal }
})

const elsewhere = new IdempotencyConflict({
  message:
    "A request with this Idempotency-Key was sent to another pact, which this name stood for then. " +
    "Send it to that one, by its id."
})
