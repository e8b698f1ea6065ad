import { Effect } from "effect"
import { describe, expect } from "vitest"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { within } from "../kit/deadline.ts"
import { type Frame, openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { twoHomes } from "../kit/machines.ts"
import { type Bootstrap, testnet } from "../kit/testnet.ts"

interface AgentRow {
  readonly remote_key: string
  readonly online: boolean
  readonly is_self: boolean
}
const agents = (daemon: Daemon) => daemon.get<ReadonlyArray<AgentRow>>("/v1/pacts/accord/agents")
const networkOf = (boot: Bootstrap) => ({
  OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",")
})
const write = (daemon: Daemon, content: string) =>
  daemon.send<{ readonly id: string }>("POST", "/v1/pacts/accord/knowledge", { topic: "t", content })
/** True once all these entries were told of. */
const has =
  (...ids: ReadonlyArray<string>) =>
  (frames: ReadonlyArray<Frame>) => {
    const told = new Set(
      frames
        .filter(({ event }) => event === "entry-applied")
        .map(({ data }) => (data["entry"] as { readonly id: string }).id)
    )
    return ids.every((id) => told.has(id)) || null
  }
interface Feed {
  readonly entries: ReadonlyArray<{ readonly id: string }>
  readonly cursor: string
}

describe("two daemons", () => {
  live("meet, tell who is online, and carry entries both ways", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const { first: adaDir, memberKey: bobKey, second: bobDir } = yield* twoHomes
      const env = networkOf(boot)
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
      const { id: first } = yield* write(ada, "from ada")
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

  live("go on when one was stopped in the middle and continues later", () =>
    Effect.gen(function* () {
      const env = networkOf(yield* testnet)
      const { first, second } = yield* twoHomes
      const [ada, bob] = [yield* startDaemon(first, { env }), yield* startDaemon(second, { env })]
      const [adaEvents, bobEvents] = [yield* openEvents(ada), yield* openEvents(bob)]
      const before = yield* write(ada, "before")
      yield* bobEvents.until("an entry at bob", has(before.id))
      // As a laptop whose lid is shut: nothing is closed, and nothing answers.
      bob.signal("SIGSTOP")
      const ids: Array<string> = []
      for (let i = 0; i < 20; i++) ids.push((yield* write(ada, `while bob slept ${i}`)).id)
      bob.signal("SIGCONT")
      yield* bobEvents.until("all of it at bob", has(...ids))
      const { id } = yield* write(bob, "awake")
      yield* adaEvents.until("bob's entry at ada", has(id))
      const status = bob.get<{ readonly synced: boolean }>("/v1/pacts/accord/status")
      yield* Effect.repeat(status, { while: ({ synced }) => !synced }).pipe(within("synced", "10 seconds", bob.dump))
    })
  )

  live("tell everybody of entries that were written offline and come late", () =>
    Effect.gen(function* () {
      const env = networkOf(yield* testnet)
      const { first, second } = yield* twoHomes
      const ada = yield* startDaemon(first, { env })
      // Bob has been there, so that he is a member where he is.
      const online = yield* startDaemon(second, { env })
      const early = yield* write(online, "while online")
      const adaEvents = yield* openEvents(ada)
      yield* online.stop

      const offline = yield* startDaemon(second)
      const late: Array<string> = []
      for (let i = 0; i < 5; i++) late.push((yield* write(offline, `offline ${i}`)).id)
      yield* offline.stop

      const { cursor } = yield* ada.get<Feed>("/v1/pacts/accord/changes?from=head")
      const lastEventId = adaEvents.lastId()
      adaEvents.close()
      const hers: Array<string> = []
      for (let i = 0; i < 5; i++) hers.push((yield* write(ada, `meanwhile ${i}`)).id)
      const watching = yield* openEvents(ada)
      yield* startDaemon(second, { env })
      yield* watching.until("the late ones at ada", has(...late))

      const replayed = yield* openEvents(ada, { lastEventId })
      yield* replayed.until("all of it replayed", has(...hers, ...late))
      const feed = yield* ada.get<Feed>(`/v1/pacts/accord/changes?limit=100&since=${encodeURIComponent(cursor)}`)
      const ids = feed.entries.map(({ id }) => id)
      expect(ids).toEqual(expect.arrayContaining([...hers, ...late]))
      const log = yield* ada.get<Feed>("/v1/pacts/accord/log?limit=100")
      expect(log.entries.map(({ id }) => id)).toEqual(expect.arrayContaining([early.id, ...hers, ...late]))
    })
  )
})
