import { Effect } from "effect"
import { HttpApi, HttpApiClient } from "effect/http-api"
import { host } from "../contract/host.ts"
import { pactGroup } from "../contract/pact.ts"
import { discover } from "../home/discovery.ts"
import { wayTo } from "./way.ts"

/** The part of the contract that a status takes. To load the rest of it takes longer than the two calls do. */
const StatusApi = HttpApi.make("openpact").add(host, pactGroup)

/** The daemon of a home and one of its pacts, null where the home has none. */
export const statusOf = Effect.fn("statusOf")(function* (home: string, pactId: string) {
  const address = yield* discover(home)
  const { bearer, options } = yield* wayTo(address)
  const { daemonStatus, pactStatus } = yield* Effect.all({
    daemonStatus: HttpApiClient.endpoint(StatusApi, { ...options, group: "host", endpoint: "status" }),
    pactStatus: HttpApiClient.endpoint(StatusApi, { ...options, group: "pact", endpoint: "status" })
  }).pipe(Effect.provideContext(bearer))
  const ofPact = pactStatus({ params: { pactId } }).pipe(
    Effect.catchTag("UNKNOWN_PACT", (error) => (pactId === "default" ? Effect.succeed(null) : Effect.fail(error)))
  )
  const [daemon, pact] = yield* Effect.all([daemonStatus(), ofPact], { concurrency: 2 })
  return { address, daemon, pact }
})
