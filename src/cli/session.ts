import { Effect } from "effect"
import { Cli } from "./cli.ts"

/** The SDK is loaded by the verbs that talk to a daemon and by no other, so that help and version come at once. */
export const sdk = Effect.promise(() => import("../sdk/connect.ts"))

/** The running daemon of this home, and the pact that the verb is about. */
export const session = Effect.gen(function* () {
  const { home, setting } = yield* Cli
  const pactId = yield* setting("pact")
  const { connect } = yield* sdk
  return { ...(yield* connect(home)), params: { pactId } }
})
