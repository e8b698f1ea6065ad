import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { live } from "../../kit/live.ts"
import { type Served, serveOne } from "../../kit/served.ts"
import { within } from "../../kit/deadline.ts"

const newTask = (served: Served, more: object = {}) =>
  Effect.map(served.must("POST", "/tasks", { title: "Test", ...more }), ({ id }) => String(id))
const as = (worker: string) => ({ "openpact-agent": worker })
const refusal = ({ body, status }: { readonly status: number; readonly body: { readonly [key: string]: unknown } }) => [
  status,
  body["error"]
]

describe("tasks over HTTP", () => {
  live("go from open over claimed to complete, and show it", () =>
    Effect.gen(function* () {
      const { must, pact } = yield* serveOne
      const know = yield* must("POST", "/knowledge", { topic: "t", content: "c" })
      const made = yield* must("POST", "/tasks?wait=confirmed", {
        title: "Test",
        description: "All of it",
        ttl: 60_000,
        refs: [know["id"]],
        mood: "kept"
      })
      expect(made).toMatchObject({
        title: "Test",
        description: "All of it",
        status: "open",
        claim: null,
        fence: 0,
        refs: [know["id"]],
        confirmed: true,
        entry_id: made["id"]
      })
      const claimed = yield* must("PUT", `/tasks/${made["id"]}/claim?wait=confirmed`, { worker: "a" })
      expect(claimed).toMatchObject({
        status: "claimed",
        claimed_by: pact.agentId,
        worker: "a",
        fence: 1,
        claim: claimed["entry_id"],
        confirmed: true
      })
      expect(Number(claimed["claim_expires_at"]) - Number(claimed["claimed_at"])).toBe(60_000)
      const renewed = yield* must("PUT", `/tasks/${made["id"]}/renew`, { worker: "a", ttl: 120_000 })
      expect(renewed).toMatchObject({ status: "claimed", fence: 1, claim: claimed["claim"] })
      expect(Number(renewed["claim_expires_at"])).toBeGreaterThan(Number(claimed["claim_expires_at"]) + 50_000)
      const done = yield* must("PUT", `/tasks/${made["id"]}/complete`, {
        worker: "a",
        claim: claimed["claim"],
        result: { ok: [1, 2] }
      })
      expect(done).toMatchObject({ status: "complete", result: { ok: [1, 2] }, claimed_by: pact.agentId })

      const shown = yield* must("GET", `/tasks/${made["id"]}`)
      const history = shown["history"] as ReadonlyArray<{ readonly id: string; readonly payload: { status: string } }>
      expect(history.map(({ id }) => id)).toEqual([
        made["id"],
        claimed["entry_id"],
        renewed["entry_id"],
        done["entry_id"]
      ])
      expect(history.map(({ payload }) => payload.status)).toEqual(["open", "claimed", "claimed", "complete"])
      expect(history[0]).toMatchObject({ payload: { mood: "kept" } })
      const referring = yield* must("GET", `/entries/${know["id"]}/referenced-by`)
      expect(referring["entries"]).toEqual([expect.objectContaining({ id: made["id"] })])
    })
  )

  live("are listed by status, assignee and claimer", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { must, pact } = served
      const other = "anon-maple-1a2b3c4d"
      const open = yield* newTask(served)
      const mine = yield* newTask(served, { assigned_to: pact.agentId })
      const theirs = yield* newTask(served, { assigned_to: other })
      const claimed = yield* newTask(served)
      const done = yield* newTask(served)
      yield* must("PUT", `/tasks/${claimed}/claim`, {})
      yield* must("PUT", `/tasks/${done}/complete`, {})
      const ids = (query: string) =>
        Effect.map(must("GET", `/tasks?order=asc&${query}`), ({ entries }) =>
          (entries as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id)
        )
      expect(yield* ids("")).toEqual([open, mine, theirs, claimed, done])
      expect(yield* ids("status=open")).toEqual([open, mine, theirs])
      expect(yield* ids("status=claimed")).toEqual([claimed])
      expect(yield* ids("status=complete")).toEqual([done])
      expect(yield* ids(`assigned_to=${other}`)).toEqual([theirs])
      expect(yield* ids(`claimed_by=${pact.agentId}`)).toEqual([claimed])
      const first = yield* must("GET", "/tasks?limit=2")
      const second = yield* must("GET", `/tasks?limit=3&cursor=${String(first["cursor"])}`)
      expect(second).toMatchObject({ has_more: false })
      expect(yield* served.ask("GET", `/tasks?status=open&cursor=${String(first["cursor"])}`)).toMatchObject({
        status: 400,
        body: { error: "BAD_CURSOR" }
      })
    })
  )

  live("every wrong step answers its own code, and leaves no trace in the log", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { ask, must, pact } = served
      const step = (id: string, name: string, body: object = {}, worker?: string) =>
        Effect.map(ask("PUT", `/tasks/${id}/${name}`, body, worker === undefined ? {} : as(worker)), refusal)
      const nothing = `${pact.memberKey.slice(0, 8)}-999936`
      const open = yield* newTask(served)
      const theirs = yield* newTask(served, { assigned_to: "anon-maple-1a2b3c4d" })
      const held = yield* newTask(served)
      const claim = String((yield* must("PUT", `/tasks/${held}/claim`, {}, as("a")))["claim"])
      const done = yield* newTask(served)
      const last = String((yield* must("PUT", `/tasks/${done}/claim`, {}, as("a")))["claim"])
      yield* must("PUT", `/tasks/${done}/complete`, { claim: last }, as("a"))
      const before = pact.read.length

      for (const name of ["claim", "renew", "release", "complete"]) {
        expect(yield* step(nothing, name)).toEqual([404, "NOT_FOUND"])
        expect(yield* step(done, name, {}, "a")).toEqual([409, "TASK_ALREADY_COMPLETE"])
        expect(yield* step("nonsense", name)).toEqual([400, "BAD_REQUEST"])
        expect(yield* step(held, name, { nonsense: 1 })).toEqual([400, "BAD_REQUEST"])
      }
      for (const worker of ["a", "b", undefined])
        expect(yield* step(held, "claim", {}, worker)).toEqual([409, "TASK_ALREADY_CLAIMED"])
      expect(yield* step(theirs, "claim")).toEqual([409, "NOT_ASSIGNEE"])
      expect(yield* step(theirs, "complete")).toEqual([409, "NOT_ASSIGNEE"])
      for (const name of ["renew", "release", "complete"]) {
        expect(yield* step(held, name, {}, "b")).toEqual([409, "NOT_CLAIMER"])
        expect(yield* step(held, name)).toEqual([409, "NOT_CLAIMER"])
        expect(yield* step(held, name, { claim }, "b")).toEqual([409, "NOT_CLAIMER"])
        expect(yield* step(held, name, { claim: last }, "a")).toEqual([409, "STALE_CLAIM"])
      }
      for (const name of ["renew", "release"]) expect(yield* step(open, name)).toEqual([409, "NOT_CLAIMED"])
      expect(pact.read.length).toBe(before)
      expect(refusal(yield* ask("POST", "/tasks", { title: "x", status: "complete" }))).toEqual([400, "BAD_REQUEST"])
      expect(refusal(yield* ask("POST", "/tasks", { title: "" }))).toEqual([400, "BAD_REQUEST"])
      expect(refusal(yield* ask("PUT", `/tasks/${open}/claim`, {}, as("x".repeat(65))))).toEqual([400, "BAD_REQUEST"])
    })
  )

  live("a body may be left out, and the one that is there speaks before the header", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const id = yield* newTask(served)
      expect(yield* served.must("PUT", `/tasks/${id}/claim`, undefined, as("a"))).toMatchObject({ worker: "a" })
      expect(yield* served.must("PUT", `/tasks/${id}/release`, { worker: "a" }, as("b"))).toMatchObject({
        status: "open",
        claim: null,
        worker: null
      })
      expect(yield* served.must("PUT", `/tasks/${id}/claim`)).toMatchObject({ worker: null, fence: 2 })
      expect(yield* served.must("PUT", `/tasks/${id}/complete`)).toMatchObject({ status: "complete", result: null })
    })
  )

  live("of four workers who claim at once one gets it, 250 times", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const ids = yield* Effect.forEach(Array.from({ length: 250 }), () => newTask(served), { concurrency: 32 })
      const won = yield* Effect.forEach(
        ids,
        (id) =>
          Effect.forEach(["a", "b", "c", "d"], (worker) => served.ask("PUT", `/tasks/${id}/claim`, { worker }), {
            concurrency: "unbounded"
          }),
        { concurrency: 8 }
      )
      for (const answers of won) {
        expect(answers.map(refusal).toSorted()).toEqual([
          [200, undefined],
          [409, "TASK_ALREADY_CLAIMED"],
          [409, "TASK_ALREADY_CLAIMED"],
          [409, "TASK_ALREADY_CLAIMED"]
        ])
        const winner = answers.find(({ status }) => status === 200)!
        expect(winner.body["claim"]).toBe(winner.body["entry_id"])
      }
    })
  )

  live("ten workers do two hundred tasks, each once", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { ask, must } = served
      yield* Effect.forEach(Array.from({ length: 200 }), () => newTask(served), { concurrency: 32 })
      const done: Array<string> = []
      const work = Effect.fnUntraced(function* (worker: string) {
        while (true) {
          const { entries } = yield* must("GET", "/tasks?status=open&order=asc&limit=5")
          const open = entries as ReadonlyArray<{ readonly id: string }>
          if (open.length === 0) return
          for (const { id } of open) {
            const claimed = yield* ask("PUT", `/tasks/${id}/claim`, {}, as(worker))
            if (claimed.status !== 200) continue
            expect(claimed.body).toMatchObject({ worker, claim: claimed.body["entry_id"] })
            yield* must("PUT", `/tasks/${id}/complete`, { claim: claimed.body["claim"], result: worker }, as(worker))
            done.push(id)
          }
        }
      })
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => `w${i}`),
        work,
        { concurrency: "unbounded" }
      )
      expect(done.length).toBe(200)
      expect(new Set(done).size).toBe(200)
      const { entries } = yield* must("GET", "/tasks?status=complete&limit=1000")
      for (const task of entries as ReadonlyArray<{ readonly fence: number }>) expect(task.fence).toBe(1)
      expect((entries as ReadonlyArray<object>).length).toBe(200)
    })
  )

  live("a task whose worker is gone can be claimed after its ttl, and not before", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const id = yield* newTask(served, { ttl: 400 })
      const old = yield* served.must("PUT", `/tasks/${id}/claim`, {}, as("gone"))
      const until = Number(old["claim_expires_at"])
      const taken = yield* Effect.gen(function* () {
        while (true) {
          const answer = yield* served.ask("PUT", `/tasks/${id}/claim`, {}, as("next"))
          if (answer.status === 200) return answer.body
          expect(refusal(answer)).toEqual([409, "TASK_ALREADY_CLAIMED"])
        }
      }).pipe(within("a claim after the ttl", "10 seconds", () => JSON.stringify(old)))
      expect(Number(taken["claimed_at"])).toBeGreaterThanOrEqual(until)
      expect(taken).toMatchObject({ fence: 2, worker: "next", claim: taken["entry_id"] })
      const late = yield* served.ask("PUT", `/tasks/${id}/complete`, { claim: old["claim"] }, as("gone"))
      expect(refusal(late)).toEqual([409, "STALE_CLAIM"])
    })
  )

  live("a claim holds after days in which nobody wrote", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { ask, must } = served
      const id = yield* newTask(served)
      const { now } = Date
      yield* Effect.acquireRelease(
        Effect.sync(() => void (Date.now = () => now() + 5 * 86_400_000)),
        () => Effect.sync(() => void (Date.now = now))
      )
      const claimed = yield* must("PUT", `/tasks/${id}/claim`, { ttl: 600_000 }, as("a"))
      expect(claimed).toMatchObject({ status: "claimed", worker: "a" })
      expect(Number(claimed["claim_expires_at"])).toBeGreaterThan(Date.now())
      expect(Number(claimed["claimed_at"])).toBe(claimed["updated_at"])
      expect(refusal(yield* ask("PUT", `/tasks/${id}/claim`, {}, as("b")))).toEqual([409, "TASK_ALREADY_CLAIMED"])
      expect((yield* must("GET", "/tasks?status=open"))["entries"]).toEqual([])
      expect(yield* must("PUT", `/tasks/${id}/renew`, {}, as("a"))).toMatchObject({ status: "claimed" })
      expect(yield* must("PUT", `/tasks/${id}/complete`, {}, as("a"))).toMatchObject({ status: "complete" })
    })
  )

  live("who let a claim run out must claim anew, and anybody else may complete what is open", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const id = yield* newTask(served)
      yield* served.must("PUT", `/tasks/${id}/claim`, { ttl: 1 }, as("a"))
      const lapsed = yield* Effect.repeat(served.must("GET", `/tasks/${id}`), {
        while: ({ status }) => status !== "open"
      }).pipe(within("the end of the lease", "10 seconds", () => id))
      expect(lapsed).toMatchObject({ claim: null, claimed_by: null, expired_at: expect.any(Number) })
      for (const name of ["renew", "release", "complete"])
        expect(refusal(yield* served.ask("PUT", `/tasks/${id}/${name}`, {}, as("a")))).toEqual([409, "STALE_CLAIM"])
      expect(refusal(yield* served.ask("PUT", `/tasks/${id}/renew`, {}, as("b")))).toEqual([409, "NOT_CLAIMED"])
      const done = yield* served.must("PUT", `/tasks/${id}/complete`, { result: 1 }, as("b"))
      expect(done).toMatchObject({ status: "complete", result: 1, claimed_by: null, fence: 1 })
    })
  )

  live("a thousand completions under old claims are a thousand rejections, here and in the log", () =>
    Effect.gen(function* () {
      const served = yield* serveOne
      const { ask, must, pact } = served
      const id = yield* newTask(served)
      const claims: Array<string> = []
      for (let i = 0; i < 20; i++) {
        claims.push(String((yield* must("PUT", `/tasks/${id}/claim`, {}, as("a")))["claim"]))
        yield* must("PUT", `/tasks/${id}/release`, { claim: claims.at(-1) }, as("a"))
      }
      const current = String((yield* must("PUT", `/tasks/${id}/claim`, {}, as("a")))["claim"])
      const stale = Array.from({ length: 1000 }, (_, i) => claims[i % claims.length]!)
      const answers = yield* Effect.forEach(
        stale,
        (claim) => ask("PUT", `/tasks/${id}/complete`, { claim, result: "late" }, as("a")),
        { concurrency: 50 }
      )
      expect(new Set(answers.map((answer) => refusal(answer).join(" ")))).toEqual(new Set(["409 STALE_CLAIM"]))
      // What another machine appends does not pass through here, so `apply` is asked too.
      const written = yield* Effect.forEach(
        stale,
        (claim) =>
          Effect.flip(pact.write({ type: "task", payload: { status: "complete", worker: "a" }, refs: [id, claim] })),
        { concurrency: 250 }
      )
      expect(new Set(written.map(({ _tag }) => _tag))).toEqual(new Set(["STALE_CLAIM"]))
      expect(written.length).toBe(1000)
      expect(yield* must("GET", `/tasks/${id}`)).toMatchObject({ status: "claimed", claim: current, fence: 21 })
    })
  )

  live("the refs of a message are kept, and the one it answers comes first", () =>
    Effect.gen(function* () {
      const { must } = yield* serveOne
      const know = yield* must("POST", "/knowledge", { topic: "t", content: "c" })
      const first = yield* must("POST", "/messages", { content: "a", refs: [know["id"]] })
      expect(first["refs"]).toEqual([know["id"]])
      const reply = yield* must("POST", "/messages", {
        content: "b",
        reply_to: first["id"],
        refs: [know["id"], first["id"]]
      })
      expect(reply["refs"]).toEqual([first["id"], know["id"]])
      const thread = yield* must("GET", `/messages?thread=${String(first["id"])}&order=asc`)
      expect((thread["entries"] as ReadonlyArray<object>).length).toBe(2)
    })
  )
})
