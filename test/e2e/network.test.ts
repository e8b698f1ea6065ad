import { Effect, Exit, Scope } from "effect"
import { describe, expect } from "vitest"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { openHome } from "../kit/home.ts"
import { live } from "../kit/live.ts"
import { joinHome } from "../kit/machines.ts"
import { tempDir } from "../kit/temp.ts"
import { testnet } from "../kit/testnet.ts"

interface AgentRow {
  readonly remote_key: string
  readonly online: boolean
  readonly is_self: boolean
}
const agents = (daemon: Daemon) => daemon.get<ReadonlyArray<AgentRow>>("/v1/pacts/accord/agents")

describe("two daemons", () => {
  live("meet, tell who is online, and carry entries both ways", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const [adaDir, bobDir] = [yield* tempDir(), yield* tempDir()]
      const scope = yield* Scope.fork(yield* Effect.scope)
      const bobKey = yield* Effect.gen(function* () {
        const { pacts } = yield* openHome(adaDir).pipe(Scope.provide(scope))
        yield* pacts.create({ name: "Accord" })
        return yield* joinHome(bobDir, "accord", yield* pacts.find("accord"))
      })
      yield* Scope.close(scope, Exit.void)

      const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
      const ada = yield* startDaemon(adaDir, { env })
      const events = yield* openEvents(ada)
      const [self] = yield* agents(ada)
      const bob = yield* startDaemon(bobDir, { env })
      const came = yield* events.until(
        "bob online",
        (frames) => frames.find(({ event }) => event === "member-online") ?? null
      )
      expect(came.data).toMatchObject({ alias: "accord", member_key: bobKey })
      expect((yield* agents(ada)).map(({ online, remote_key }) => [remote_key, online])).toContainEqual([bobKey, true])

      const bobEvents = yield* openEvents(bob)
      const write = (daemon: Daemon, content: string) =>
        daemon.send<{ readonly id: string }>("POST", "/v1/pacts/accord/knowledge", { topic: "t", content })
      const { id: first } = yield* write(ada, "from ada")
      const has = (id: string) => (frames: typeof events.frames) =>
        frames.some(({ data, event }) => event === "entry-applied" && (data["entry"] as { id: string }).id === id) ||
        null
      yield* bobEvents.until("ada's entry at bob", has(first))
      const { id: second } = yield* write(bob, "from bob")
      yield* events.until("bob's entry at ada", has(second))
      expect((yield* agents(bob)).map(({ online, remote_key }) => [remote_key, online])).toContainEqual([
        self!.remote_key,
        true
      ])

      // Killed, it says no goodbye. It is heard again as soon as it is back.
      yield* bob.kill
      const back = yield* startDaemon(bobDir, { env })
      const { id: third } = yield* write(back, "from bob again")
      yield* events.until("bob's entry at ada after the kill", has(third))

      yield* back.stop
      // The newest word of him counts: the kill made him go offline once before.
      const newest = (frames: typeof events.frames) =>
        frames.findLast(({ event }) => event.startsWith("member-o"))?.event
      yield* events.until("bob offline", (frames) => (newest(frames) === "member-offline" ? true : null))
      expect((yield* agents(ada)).find(({ remote_key }) => remote_key === bobKey)?.online).toBe(false)
      expect((yield* ada.stop).code).toBe(0)
    })
  )
})
