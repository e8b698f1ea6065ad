import { Clock, Context, Effect, Layer } from "effect"
import { NotReady } from "../domain/errors.ts"
import { Sessions, sessionTimes } from "./sessions.ts"

/** The dashboard as the rest of the daemon sees it: where it listens, and the links that open it. */
export class Dashboard extends Context.Service<
  Dashboard,
  {
    readonly sessions: Sessions
    /** Null where there is none. */
    readonly port: () => number | null
    /** Said by the server once it listens. */
    readonly opened: (port: number) => void
    /** A link that opens it once. `expires_at` is in ms of the wall clock. */
    readonly link: Effect.Effect<{ readonly url: string; readonly expires_at: number }, NotReady>
  }
>()("openpact/http/Dashboard") {
  static readonly layer = Layer.sync(Dashboard, () => {
    const sessions = new Sessions()
    let port: number | null = null
    return Dashboard.of({
      sessions,
      port: () => port,
      opened: (where) => (port = where),
      link: Effect.gen(function* () {
        if (port === null) {
          return yield* new NotReady({
            message: "This daemon runs without a dashboard. Start it with one: openpact restart."
          })
        }
        const code = sessions.link(performance.now())
        return {
          url: `http://127.0.0.1:${port}/#session=${code}`,
          expires_at: (yield* Clock.currentTimeMillis) + sessionTimes.link
        }
      })
    })
  })
}
