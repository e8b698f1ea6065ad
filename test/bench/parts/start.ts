import { Effect } from "effect"
import { tempDir } from "../../kit/temp.ts"
import { startDaemon } from "../kit/daemon.ts"
import { corpus } from "../kit/entries.ts"
import { atMost, median, plain, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Part } from "../part.ts"

const entries = 100_000
const rounds = 9

/** How soon a daemon is ready with ten pacts, of which the current one is large. */
export const start: Part = {
  about: `start of a daemon with 10 pacts, ${shown(entries)} entries in the current one`,
  run: Effect.gen(function* () {
    const home = yield* tempDir("openpact-bench")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const daemon = yield* startDaemon(home, { pact: false })
        yield* fill(daemon, "large", corpus(entries))
        for (let n = 1; n < 10; n++) yield* daemon.call("POST", "/v1/pacts", { name: `Pact ${n}`, confirm: true })
      })
    )
    const ready: Array<number> = []
    const all: Array<number> = []
    for (let round = -1; round < rounds; round++) {
      const began = performance.now()
      const daemon = yield* Effect.scoped(
        Effect.gen(function* () {
          const daemon = yield* startDaemon(home)
          // Every pact can be asked once this is answered.
          while ((yield* daemon.call<Pacts>("GET", "/v1/pacts")).pacts.some(({ role }) => role === null)) continue
          return { ready: daemon.ready, all: performance.now() - began }
        })
      )
      if (round < 0) continue
      ready.push(daemon.ready)
      all.push(daemon.all)
    }
    return [
      atMost(
        "daemon ready, 10 pacts",
        median(ready),
        400,
        " ms",
        ` (${shown(Math.min(...ready))} to ${shown(Math.max(...ready))})`
      ),
      plain("daemon, all 10 pacts open", `${shown(median(all))} ms`)
    ]
  })
}

interface Pacts {
  readonly pacts: ReadonlyArray<{ readonly role: string | null }>
}
