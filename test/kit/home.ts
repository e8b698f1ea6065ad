import { NodeServices } from "@effect/platform-node"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { DaemonFile } from "../../src/home/daemon-file.ts"
import { HomeLock } from "../../src/home/lock.ts"
import { Locations } from "../../src/home/locations.ts"
import type { PactOptions } from "../../src/pacts/Pact.ts"
import { Pacts } from "../../src/pacts/Pacts.ts"
import { Requests } from "../../src/pacts/Requests.ts"

/** Everything below the HTTP server, on a home of its own. */
export const pactsLayer = (home: string, options: Partial<PactOptions> = {}) =>
  Pacts.layer({ durability: "os", paranoid: true, ...options }).pipe(
    Layer.provideMerge(Requests.layer),
    Layer.provideMerge(DaemonFile.layer),
    Layer.provideMerge(HomeLock.layer),
    Layer.provideMerge(Locations.layer(home)),
    Layer.provideMerge(NodeServices.layer)
  )

/** Opens the pacts of a home. They close with the surrounding Scope, or before. */
export const openHome = Effect.fnUntraced(function* (home: string, options: Partial<PactOptions> = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const context = yield* Layer.buildWithScope(pactsLayer(home, options), scope)
  const pacts = Context.get(context, Pacts)
  /** Waits until a pact is open, or has failed. */
  const opened = Effect.fnUntraced(function* (ref: string) {
    while (true) {
      const { failed, pact } = yield* pacts.look(ref)
      if (pact !== null) return pact
      if (failed !== null) return yield* Effect.die(new Error(failed))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })
  return { pacts, opened, file: Context.get(context, DaemonFile), close: Scope.close(scope, Exit.void) }
})
