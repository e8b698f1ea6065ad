import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { bodies } from "../kit/entries.ts"
import { atMost, plain, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Part } from "../part.ts"

const writes = 50_000

/** Resident memory of a daemon with one pact: after a start, and after many writes. */
export const memory: Part = {
  about: "resident memory",
  run: Effect.gen(function* () {
    const home = yield* tempDir("openpact-bench")
    yield* Effect.scoped(
      Effect.andThen(startDaemon(home, { pact: false }), (daemon) =>
        daemon.call("POST", "/v1/pacts", { name: "Idle", confirm: true })
      )
    )
    const idle = yield* Effect.scoped(Effect.andThen(startDaemon(home), rested))
    const daemon = yield* startDaemon(home)
    yield* fill(daemon, "busy", bodies(writes, 5))
    const after = yield* daemon.rss
    return [
      atMost("resident memory, idle, one pact", idle, 120, " MB"),
      atMost(`resident memory, right after ${shown(writes)} writes`, after, 200, " MB"),
      plain("resident memory, 10 s later", `${shown(yield* rested(daemon))} MB`)
    ]
  })
}

const rested = ({ rss }: Daemon) => Effect.andThen(Effect.sleep("10 seconds"), rss)
