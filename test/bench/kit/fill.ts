import { Effect, type Scope } from "effect"
import { forkChild } from "./child.ts"
import type { Daemon } from "./daemon.ts"
import type { Closed, Rate } from "./load.ts"

/** Makes a pact and writes these entries into it, as many clients at once as fit into a frame. */
export const fill = (
  daemon: Daemon,
  alias: string,
  bodies: ReadonlyArray<object>,
  list = "knowledge"
): Effect.Effect<Rate, never, Scope.Scope> =>
  Effect.gen(function* () {
    yield* daemon.call("POST", "/v1/pacts", { name: alias, alias, confirm: true })
    const load = yield* forkChild<Closed, Rate>(new URL("./load.ts", import.meta.url))
    const requests = bodies.map((body) => daemon.request("POST", `/v1/pacts/${alias}/${list}`, body))
    return yield* load.ask({ kind: "closed", port: daemon.port, clients: 256, requests, count: requests.length })
  })
