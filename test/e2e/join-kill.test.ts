import { Effect, Exit, Scope } from "effect"
import { describe, expect } from "vitest"
import { type Daemon, pactsUntil, startDaemon } from "../kit/daemon.ts"
import { openHome } from "../kit/home.ts"
import { live } from "../kit/live.ts"
import { mint } from "../kit/networked.ts"
import { tempDir } from "../kit/temp.ts"
import { testnet } from "../kit/testnet.ts"

interface Invites {
  readonly entries: ReadonlyArray<{
    readonly invite: string
    readonly status: string
    readonly spent_by: string | null
  }>
}
type Agents = ReadonlyArray<{ readonly remote_key: string }>

/** Where a side is killed: how long after the join began, ms. A join takes about a second. */
const moments = [0, 100, 250, 450, 700, 1000]

describe("a join that is killed", () => {
  live(
    "leaves a member, or an invite that still works, wherever it is cut",
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
        const adaDir = yield* tempDir()
        const scope = yield* Scope.fork(yield* Effect.scope)
        const minted = yield* Effect.gen(function* () {
          const { pacts } = yield* openHome(adaDir).pipe(Scope.provide(scope))
          yield* pacts.create({ name: "Accord" })
          const pact = yield* pacts.find("accord")
          return yield* Effect.forEach(moments, () => mint(pact))
        })
        yield* Scope.close(scope, Exit.void)

        let ada: Daemon = yield* startDaemon(adaDir, { env })
        const keys: Array<string> = []
        for (const [i, moment] of moments.entries()) {
          const bobDir = yield* tempDir()
          let bob: Daemon = yield* startDaemon(bobDir, { env })
          const { public_key } = yield* bob.send<{ readonly public_key: string }>("POST", "/v1/pacts/join", {
            token: minted[i]!.text,
            confirm: true
          })
          // Not to wait for something: it is where the cut is made.
          yield* Effect.sleep(moment)
          if (i % 2 === 0) {
            yield* bob.kill
            bob = yield* startDaemon(bobDir, { env })
          } else {
            yield* ada.kill
            ada = yield* startDaemon(adaDir, { env })
          }
          yield* pactsUntil(bob, `bob a member, killed after ${moment} ms`, ([pact]) => pact?.role === "member")
          const { public_key: now } = yield* bob.get<{ readonly public_key: string }>("/v1/pacts/accord/status")
          expect(now).toBe(public_key)
          keys.push(public_key)
          yield* bob.stop
        }
        // Each invite let in one key, and nobody else came.
        const { entries } = yield* ada.get<Invites>("/v1/pacts/accord/invites?order=asc")
        expect(entries.map(({ spent_by, status }) => [status, spent_by])).toEqual(keys.map((key) => ["spent", key]))
        const agents = yield* ada.get<Agents>("/v1/pacts/accord/agents")
        expect(agents.map(({ remote_key }) => remote_key).toSorted()).toEqual(
          [...keys, agents[0]!.remote_key].toSorted()
        )
      }),
    120_000
  )
})
