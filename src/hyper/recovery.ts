import { Effect } from "effect"
import type { Duplex } from "node:stream"
import type { StorageFull } from "../domain/errors.ts"
import { fromHex } from "../engine/bytes.ts"
import { makeDurable } from "./durability.ts"
import { LedgerError } from "./errors.ts"
import { attempt, openStore } from "./storage.ts"

/** Connects streams to peers that may hold the lost entries. They are open as long as it takes. */
export type Recovery<E, R> = (replicate: (stream: boolean | Duplex) => Duplex) => Effect.Effect<unknown, E, R>

/**
 * Brings the own log back to what peers hold of it, after a power cut took its end: a block written there anew would
 * be a second one at the same place, and peers would never take anything of this log again.
 *
 * Nothing but the store is open meanwhile, so nothing can be written. When it ends, every block is here and on disk.
 */
export const fetchOwnLog = Effect.fnUntraced(function* <E, R>(
  dir: string,
  memberKey: string,
  connect: Recovery<E, R>
): Effect.fn.Return<{ readonly before: number; readonly after: number }, E | LedgerError | StorageFull, R> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const { storage, store } = yield* openStore(dir, false, false)
      const durable = yield* Effect.acquireRelease(
        Effect.sync(() => makeDurable(storage, "os", () => {})),
        (durable) => Effect.promise(() => durable.close())
      )
      const own = store.get({ key: Buffer.from(fromHex(memberKey)) })
      yield* attempt(dir, () => own.ready())
      const before = own.length
      // With this the update waits for a first peer, and then for the word of every peer.
      const stopFinding = own.findingPeers()
      const updated = own.update({ wait: true, force: true })
      updated.catch(() => {})
      yield* connect((stream) => store.replicate(stream))
      yield* attempt(dir, () => updated).pipe(
        Effect.catchTag("LedgerError", (error) =>
          Effect.fail(error.reason === "timeout" ? new LedgerError({ reason: "timeout", message: nobody }) : error)
        )
      )
      stopFinding()
      const after = own.length
      yield* attempt(dir, () => own.download({ start: 0, end: after }).done())
      if (own.contiguousLength < after) {
        return yield* new LedgerError({
          reason: "damaged",
          message: `Peers hold ${after} entries of this member but gave only a part of them.`
        })
      }
      yield* attempt(dir, () => durable.sync())
      return { before, after }
    })
  )
})

const nobody =
  "No peer that knows this member's log has answered. Nothing may be written until one does. Try again later."
