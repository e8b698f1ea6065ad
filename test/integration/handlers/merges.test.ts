import { describe, expect } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { daemonLayer } from "../../../src/daemon/Daemon.ts"
import { DaemonFile } from "../../../src/home/daemon-file.ts"
import { HttpServer } from "../../../src/http/HttpServer.ts"
import { Pacts } from "../../../src/pacts/Pacts.ts"
import { type Api, apiAt } from "../../kit/api.ts"
import { within } from "../../kit/deadline.ts"
import { openEvents } from "../../kit/events.ts"
import { linkLedgers } from "../../kit/ledgers.ts"
import { live } from "../../kit/live.ts"
import { creator, holds, joinHome, knowledge, type Machine } from "../../kit/machines.ts"
import { randomFrom } from "../../kit/random.ts"
import { tempDir } from "../../kit/temp.ts"

process.env["OPENPACT_RATE_LIMIT"] = "1000000000"
process.env["OPENPACT_BOOTSTRAP"] = "none"

/** A daemon in this process, on the home of a member of Ada's pact, `work` there. */
const serveMember = Effect.fnUntraced(function* (home: string) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = daemonLayer({
    version: "0.0.0",
    home,
    terminal: false,
    flags: { port: "0", dashboardPort: "0", durability: "os" }
  })
  const context = yield* Layer.buildWithScope(layer, scope)
  const { apiToken } = yield* Context.get(context, DaemonFile).read
  const { port } = Context.get(context, HttpServer)
  const pacts = Context.get(context, Pacts)
  while ((yield* pacts.look("work")).pact === null) yield* Effect.yieldNow
  const pact = yield* pacts.find("work")
  const dump = () => `${home}: ${pact.read.entries} entries, ${pact.read.confirmed} of them confirmed`
  const api = apiAt(port, Redacted.value(apiToken), dump)
  const stop = Effect.andThen(Effect.sync(api.close), Scope.close(scope, Exit.void))
  /** Waits until the read model satisfies. */
  const until = <A>(what: string, probe: () => A | null) =>
    pact.until(probe).pipe(within(what, "20 seconds", dump), Effect.orDie)
  return { ...api, dump, pact, until, stop }
})
type Member = Effect.Success<ReturnType<typeof serveMember>>

const joined = Effect.fnUntraced(function* (ada: Machine) {
  const home = join(yield* tempDir("openpact-member"), "home")
  mkdirSync(home, { mode: 0o700 })
  yield* joinHome(home, "work", ada.pact)
  return home
})

const link = (ada: Machine, bob: Member) => linkLedgers(ada.pact.ledger, bob.pact.ledger)

/** Waits until Ada has all of Bob's and Bob has all confirmed. */
const converged = Effect.fnUntraced(function* (ada: Machine, bob: Member, ids: ReadonlyArray<string>) {
  for (const id of ids) yield* holds(ada, id)
  yield* bob.until("all confirmed", () =>
    ids.every((id) => bob.pact.read.entry(id) !== null) &&
    bob.pact.read.entries === ada.pact.read.entries &&
    bob.pact.read.confirmed === bob.pact.read.entries
      ? true
      : null
  )
})

interface Changes {
  readonly entries: ReadonlyArray<{ readonly id: string; readonly confirmed: boolean }>
  readonly cursor: string
  readonly has_more: boolean
  readonly reset: boolean
}

/** An agent that polls the feed and keeps what it has seen and where it stands, as one that is restarted with its daemon. */
class Reader {
  readonly seen = new Map<string, number>()
  resets = 0
  cursor: string | null = null
  readonly #query: string

  constructor(query: string) {
    this.#query = query
  }
  readonly poll = Effect.fnUntraced(function* (this: Reader, api: Api, wait: number) {
    const since = this.cursor === null ? "" : `&since=${encodeURIComponent(this.cursor)}`
    const path = `/v1/pacts/work/changes?wait=${wait}&limit=7${this.#query}${since}`
    const { cursor, entries, has_more, reset } = yield* api.get<Changes>(path)
    for (const { id } of entries) this.seen.set(id, (this.seen.get(id) ?? 0) + 1)
    if (reset) this.resets++
    // What was read counts as read when the cursor is kept.
    this.cursor = cursor
    return has_more
  })
  /** Reads until there is nothing more. */
  readonly drain = Effect.fnUntraced(function* (this: Reader, api: Api) {
    while (yield* this.poll(api, 0));
  })
}

describe("agents of two machines", () => {
  live(
    "that poll the feed see every entry at least once, over restarts, cuts and merges, and tell a duplicate by its id",
    () =>
      Effect.gen(function* () {
        const random = randomFrom(4)
        const ada = yield* creator([])
        const home = yield* joined(ada)
        const [all, confirmed, late] = [new Reader(""), new Reader("&confirmed=true"), new Reader("&from=head")]
        let atHead = 0
        for (let round = 0; round < 4; round++) {
          const bob = yield* serveMember(home)
          const write = (n: number) =>
            Effect.map(
              bob.send<{ readonly id: string }>("POST", "/v1/pacts/work/knowledge", {
                topic: "t",
                content: `bob ${n}`
              }),
              ({ id }) => id
            )
          const ids: Array<string> = []
          if (round > 0) {
            // They write apart, and Bob's reader has seen his own order before the merge changes it.
            for (let n = 0; n < 3 + random.below(5); n++) {
              ids.push((yield* ada.pact.write(knowledge(`ada ${round} ${n}`))).id)
              ids.push(yield* write(n))
              if (random.chance(0.5)) yield* all.poll(bob, 0)
            }
            yield* all.drain(bob)
            yield* confirmed.drain(bob)
          }
          const polling = yield* Effect.forkChild(
            Effect.forever(Effect.all([all.poll(bob, 1), confirmed.poll(bob, 1)], { concurrency: 2 }))
          )
          const unlink = yield* link(ada, bob)
          yield* bob.until("being a member", () => (bob.pact.read.member(bob.pact.memberKey)?.active ? true : null))
          if (round === 0) {
            yield* converged(ada, bob, ids)
            yield* late.poll(bob, 0)
            atHead = bob.pact.read.entries
          }
          ids.push((yield* ada.pact.write(knowledge(`ada ${round} together`))).id, yield* write(99))
          yield* converged(ada, bob, ids)
          yield* unlink
          // It is cut off in the middle of a poll, whose answer it may never have got.
          yield* Fiber.interrupt(polling)
          if (round < 3) {
            yield* bob.stop
            continue
          }
          for (const reader of [all, confirmed, late]) yield* reader.drain(bob)
          const log = yield* bob.get<Changes>("/v1/pacts/work/log?order=asc&limit=1000")
          const order = log.entries.map(({ id }) => id)
          expect([...all.seen.keys()].toSorted()).toEqual(order.toSorted())
          expect(all.resets).toBeGreaterThan(0)
          expect([...all.seen.values()].some((times) => times > 1)).toBe(true)
          // What can't move any more comes in its order, and the order never changes.
          expect([...confirmed.seen.keys()]).toEqual(order)
          expect(confirmed.resets).toBe(0)
          expect([...late.seen.keys()].toSorted()).toEqual(order.slice(atHead).toSorted())
        }
      }),
    60_000
  )

  live(
    "who claims a task that another one got learns of it by its events, and a completion under that claim is refused",
    () =>
      Effect.gen(function* () {
        const ada = yield* creator([])
        const bob = yield* serveMember(yield* joined(ada))
        const unlink = yield* link(ada, bob)
        const task = yield* ada.pact.write({ type: "task", payload: { title: "One", status: "open" } })
        yield* converged(ada, bob, [task.id])
        yield* unlink

        // Apart, each gets it. Ada's claim is confirmed, since she is the only indexer.
        const claim = { type: "task", payload: { status: "claimed" }, refs: [task.id] } as const
        const won = yield* ada.pact.write(claim, { wait: "confirmed" })
        const events = yield* openEvents(bob, { query: "?pact=work&types=entry-rejected,task-changed" })
        const path = `/v1/pacts/work/tasks/${task.id}`
        const mine = yield* bob.send<{ readonly entry_id: string }>("PUT", `${path}/claim`, {})
        expect(mine).toMatchObject({ status: "claimed", claimed_by: bob.pact.agentId, confirmed: false })

        yield* link(ada, bob)
        const rejected = yield* events.until(
          "the rejection of the claim",
          (frames) => frames.find(({ event }) => event === "entry-rejected") ?? null
        )
        expect(rejected.data).toMatchObject({
          pact_id: ada.pact.pactId,
          id: mine.entry_id,
          code: "TASK_ALREADY_CLAIMED"
        })
        yield* events.until(
          "the task as Ada's",
          (frames) =>
            frames.find(
              ({ data, event }) =>
                event === "task-changed" &&
                (data["task"] as { readonly claimed_by: string }).claimed_by === ada.pact.agentId
            ) ?? null
        )
        expect(yield* bob.get(path)).toMatchObject({ claimed_by: ada.pact.agentId, claim: won.id, fence: 1 })
        const stale = yield* bob.call("PUT", `${path}/complete`, { claim: mine.entry_id, result: "mine" })
        expect([stale.status, JSON.parse(stale.text).error]).toEqual([409, "STALE_CLAIM"])
        const verdict = yield* bob.get<object>(`/v1/pacts/work/entries/${mine.entry_id}`)
        expect(verdict).toMatchObject({ verdict: { accepted: false, code: "TASK_ALREADY_CLAIMED" } })
      }),
    60_000
  )

  live(
    "who waits for confirmation is not refused for what may yet be undone",
    () =>
      Effect.gen(function* () {
        const ada = yield* creator([])
        const bob = yield* serveMember(yield* joined(ada))
        const unlink = yield* link(ada, bob)
        const task = yield* ada.pact.write({ type: "task", payload: { title: "One", status: "open" } })
        yield* converged(ada, bob, [task.id])
        yield* unlink

        // Apart, Ada claims it, and a worker of Bob does and completes it. Her claim is the one that will count.
        yield* ada.pact.write({ type: "task", payload: { status: "claimed" }, refs: [task.id] }, { wait: "confirmed" })
        const path = `/v1/pacts/work/tasks/${task.id}`
        yield* bob.send("PUT", `${path}/claim`, { worker: "first" })
        yield* bob.send("PUT", `${path}/complete`, { worker: "first" })
        const refusal = (query: string) =>
          Effect.map(bob.call("PUT", `${path}/claim${query}`, { worker: "second" }), ({ status, text }) => [
            status,
            (JSON.parse(text) as { readonly error: string }).error
          ])
        expect(yield* refusal("")).toEqual([409, "TASK_ALREADY_COMPLETE"])
        const { length } = bob.pact.read
        expect(yield* refusal("?wait=confirmed&timeout_ms=100")).toEqual([504, "VIEW_TIMEOUT"])
        const waiting = yield* Effect.forkChild(refusal("?wait=confirmed"), { startImmediately: true })
        expect(bob.pact.read.length).toBe(length)
        yield* link(ada, bob)
        expect(yield* Fiber.join(waiting)).toEqual([409, "TASK_ALREADY_CLAIMED"])
      }),
    60_000
  )

  live(
    "whose author was removed meanwhile is nowhere: who waits for it learns that",
    () =>
      Effect.gen(function* () {
        const ada = yield* creator([])
        const bob = yield* serveMember(yield* joined(ada))
        const unlink = yield* link(ada, bob)
        const { id } = yield* ada.pact.write(knowledge("before"))
        yield* bob.until("being a member", () => (bob.pact.read.entry(id)?.confirmed === true ? true : null))
        yield* unlink

        const { entries } = bob.pact.read
        const waiting = yield* Effect.forkChild(
          bob.call("POST", "/v1/pacts/work/knowledge?wait=confirmed", { topic: "t", content: "by one who is out" }),
          { startImmediately: true }
        )
        const late = yield* bob.until("applied", () =>
          bob.pact.read.entries > entries ? bob.pact.read.idAt(entries) : null
        )
        expect(bob.pact.read.entry(late)?.accepted).toBe(true)
        const payload = { action: "removeWriter", key: bob.pact.memberKey }
        yield* ada.pact.write({ type: "admin", payload }, { wait: "confirmed" })

        yield* link(ada, bob)
        const { status, text } = yield* Fiber.join(waiting)
        expect([status, JSON.parse(text).error]).toEqual([409, "NOT_A_MEMBER"])
        // It vanished with its verdict.
        expect(bob.pact.read.entry(late)).toBe(null)
        expect((yield* bob.call("GET", `/v1/pacts/work/entries/${late}`)).status).toBe(404)
        expect(ada.pact.read.entry(late)).toBe(null)
      }),
    60_000
  )
})
