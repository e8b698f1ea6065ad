import { Effect } from "effect"
import { Internal, StorageFull } from "../domain/errors.ts"
import type { Opened } from "../projection/open.ts"
import { Projection } from "../projection/Projection.ts"

/**
 * Opens the read model of a pact, which closes with the Scope. One that is no good is made anew from the log, so nothing
 * is lost with it, but none is replaced unseen: `onRebuilt` logs it, here and when a follow finds out later.
 */
export const openReadModel = Effect.fnUntraced(function* (file: string, pactId: string) {
  const context = yield* Effect.context<never>()
  const onRebuilt = (opened: Opened): void => {
    if (opened.state !== "rebuilt") return
    const kept = opened.aside === null ? "" : ` The old one is kept as ${opened.aside}.`
    Effect.runSyncWith(context)(
      Effect.logWarning(`${file} can't be used (${opened.reason}). It is made anew from the log of the pact.${kept}`)
    )
  }
  const read = yield* Effect.acquireRelease(
    Effect.try({ try: () => Projection.open(file, { pactId }), catch: (cause) => cause }).pipe(
      Effect.catch((cause) => (cause instanceof StorageFull ? Effect.fail(cause) : Effect.die(cause)))
    ),
    (projection) => Effect.sync(() => projection.close())
  )
  onRebuilt(read.opened)
  return { read, onRebuilt }
})

/** Null where the read model was found to be damaged just now: it is being made anew, and who waits is woken then. */
export const unlessDamaged = <A>(read: () => A): A | null => {
  try {
    return read()
  } catch (error) {
    if (error instanceof Internal) return null
    throw error
  }
}
