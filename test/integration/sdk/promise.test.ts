import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as sdk from "../../../src/sdk/promise/index.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { serveMember, serveOne } from "../../kit/served.ts"
import { tempDir } from "../../kit/temp.ts"

/** A promise client of a daemon in this process, and its pact. */
const withClient = (test: (client: sdk.Client, home: string) => Promise<void>) =>
  Effect.gen(function* () {
    const { home } = yield* serveOne
    yield* Effect.promise(async () => test(await sdk.connect({ home, pact: "work" }), home)).pipe(
      within("the test", "25 seconds", () => home)
    )
  })

/** Node 22 lost the abort of a stream that was collected. */
const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}

const collect = async <A>(items: AsyncIterable<A>, count = Infinity): Promise<ReadonlyArray<A>> => {
  const found: Array<A> = []
  for await (const item of items) if (found.push(item) >= count) break
  return found
}

describe("the promise client and a daemon", () => {
  live("agree on every group", () =>
    withClient(async (client) => {
      const pact = client.pact()
      expect(await client.probes.ping()).toEqual({ ok: true })
      expect((await client.host.status()).pact_count).toBe(1)
      expect(await client.host.metrics()).toContain("openpact_")
      expect((await client.pacts.list()).current).toBe("work")
      expect((await pact.status()).role).toBe("creator")
      expect((await pact.me({ display_name: "Ada" })).display_name).toBe("Ada")
      const known = await pact.knowledge.record({ topic: "a b&c=ü", content: "Tuesdays" }, { wait: "confirmed" })
      expect(known).toMatchObject({ type: "knowledge", confirmed: true })
      expect(await pact.knowledge.topics()).toMatchObject([{ topic: "a b&c=ü", entries: 1 }])
      expect((await pact.search({ q: "Tuesdays" })).entries.map(({ id }) => id)).toEqual([known.id])
      expect((await client.search({ q: "tuesdays" })).entries[0]?.alias).toBe("work")
      const question = await pact.messages.send({ content: "Why?" })
      const answer = await pact.messages.send({ content: "So.", reply_to: question.id, priority: "high" })
      expect(await collect(pact.entries.referencedBy(question.id))).toMatchObject([{ id: answer.id }])
      expect(await pact.entries.entry(answer.id)).toMatchObject({ verdict: { accepted: true } })
      const skill = await pact.skills.post({ name: "s", version: "1.0.0", format: "generic", content: "Do it." })
      expect((await pact.skills.content(skill.id)).content).toBe("Do it.")
      await pact.skills.install(skill.id, { confirm: true })
      expect((await pact.skills.installed()).entries.length).toBe(1)
      await pact.skills.uninstall(skill.id, { confirm: "s" })
      const { id } = await pact.tasks.create({ title: "A" })
      const agent = "one of many"
      expect(await pact.tasks.claim(id, undefined, { agent })).toMatchObject({ worker: agent, fence: 1 })
      await pact.tasks.release(id, {}, { agent })
      expect((await pact.tasks.complete(id, { result: { a: 1 } })).status).toBe("complete")
      expect((await pact.tasks.task(id)).history.length).toBe(4)
      const log = await collect(pact.entries.log({ order: "asc", limit: 3 }))
      expect(new Set(log.map(({ id }) => id)).size).toBe(log.length)
    })
  )

  live("go through rows page by page, once", () =>
    Effect.gen(function* () {
      const host = yield* serveOne
      yield* serveMember(host)
      yield* Effect.promise(async () => {
        const pact = (await sdk.connect({ home: host.home })).pact()
        const topics = ["a", "b", "c d"]
        for (const topic of topics) await pact.knowledge.record({ topic, content: "One" })
        expect((await pact.knowledge.topics({ limit: 2 })).map(({ topic }) => topic)).toEqual(["a", "b"])
        expect((await collect(pact.knowledge.topics({ limit: 2 }))).map(({ topic }) => topic)).toEqual(topics)
        expect((await collect(pact.knowledge.topics({ after: "b" }))).map(({ topic }) => topic)).toEqual(["c d"])
        const agents = await collect(pact.agents({ limit: 1 }))
        expect(agents.map(({ is_self }) => is_self)).toEqual([true, false])
        expect(await pact.agents()).toEqual(agents)
      })
    })
  )

  live("go through a list page by page, once", () =>
    withClient(async (client) => {
      const { knowledge } = client.pact()
      const contents = Array.from({ length: 7 }, (_, n) => String(n))
      for (const content of contents) await knowledge.record({ topic: "t", content })
      const list = knowledge.list({ topic: "t", order: "asc", limit: 3 })
      expect((await collect(list)).map(({ payload }) => payload.content)).toEqual(contents)
      expect((await collect(list.pages())).map(({ entries }) => entries.length)).toEqual([3, 3, 1])
      const page = await list
      expect([page.entries.length, page.has_more]).toEqual([3, true])
      const next = await knowledge.list({ topic: "t", order: "asc", limit: 3, cursor: page.cursor! })
      expect(next.entries[0]?.payload.content).toBe("3")
      expect((await collect(list, 4)).length).toBe(4)
      await expect(knowledge.list({ cursor: "none" })).rejects.toBeInstanceOf(sdk.BadCursorError)
    })
  )

  live("follow what changes, from a cursor that is kept", () =>
    withClient(async (client) => {
      const { entries, knowledge } = client.pact()
      const { cursor } = await entries.changes({ from: "head" })
      const ids = []
      for (const content of ["a", "b", "c"]) ids.push((await knowledge.record({ topic: "t", content })).id)
      const seen = []
      for await (const batch of entries.changes({ since: cursor, limit: 2 })) {
        expect(batch.reset).toBe(false)
        seen.push(...batch.entries.map(({ id }) => id))
        // What comes while it is followed.
        if (seen.length === 3) ids.push((await knowledge.record({ topic: "t", content: "d" })).id)
        if (seen.length === 4) break
      }
      expect(seen).toEqual(ids)
      const abort = new AbortController()
      const waiting = collect(entries.changes({ from: "head", signal: abort.signal }))
      const reason = new Error("enough")
      abort.abort(reason)
      await expect(waiting).rejects.toBe(reason)
    })
  )

  live("tell events, and end them with a signal", () =>
    withClient(async (client) => {
      const pact = client.pact()
      const abort = new AbortController()
      const seen: Array<sdk.PactEvent> = []
      const reason = new Error("enough")
      const reading = (async () => {
        for await (const event of client.events.stream({ pact: "work", types: "task-changed", signal: abort.signal })) {
          seen.push(event)
          if (event.event === "hello") await pact.tasks.create({ title: "A" })
          else abort.abort(reason)
        }
      })()
      await expect(reading).rejects.toBe(reason)
      expect(seen).toMatchObject([
        { event: "hello", data: { version: "0.0.0" } },
        { event: "task-changed", data: { alias: "work", task: { title: "A", status: "open" } } }
      ])
      await expect(collect(client.events.stream({ pact: "nobody" }))).rejects.toBeInstanceOf(sdk.UnknownPactError)
    })
  )

  live("meet on errors", () =>
    withClient(async (client, home) => {
      const pact = client.pact()
      const { id } = await pact.tasks.create({ title: "A" })
      await pact.tasks.claim(id, { worker: "one" })
      await expect(pact.tasks.claim(id, { worker: "two" })).rejects.toBeInstanceOf(sdk.TaskAlreadyClaimedError)
      await expect(pact.tasks.task("1a2b3c4d-1")).rejects.toBeInstanceOf(sdk.NotFoundError)
      await expect(client.pacts.create({ name: "B" })).rejects.toBeInstanceOf(sdk.NotConfirmedError)
      const bad: unknown = await pact.tasks.create({ title: "" }).catch((error: unknown) => error)
      expect(bad).toBeInstanceOf(sdk.BadRequestError)
      expect((bad as sdk.BadRequestError).details?.[0]?.path).toContain("title")
      const stranger = sdk.connect({ token: "0".repeat(64), port: portOf(home) })
      await expect(stranger).rejects.toBeInstanceOf(sdk.UnauthorizedError)
    })
  )

  live("work through tasks with a promise, each done once, what fails given back", () =>
    withClient(async (client) => {
      const pact = client.pact()
      for (let n = 0; n < 6; n++) await pact.tasks.create({ title: `Task ${n}` })
      const bad = await pact.tasks.create({ title: "Bad" })
      const told: Array<string> = []
      const work = (worker: string) =>
        pact.work({
          worker,
          drain: true,
          run: async ({ title }) => {
            if (title === "Bad") throw new Error("It can't be done.")
            return { title }
          },
          onEvent: (event) => void told.push(event.type === "failed" ? `${event.type} ${event.reason}` : event.type)
        })
      await Promise.all([work("a"), work("b")])
      const done = await collect(pact.tasks.list({ status: "complete" }))
      expect(done.map(({ result }) => (result as { title: string }).title).sort()).toEqual(
        Array.from({ length: 6 }, (_, n) => `Task ${n}`)
      )
      expect(told.filter((type) => type === "complete").length).toBe(6)
      expect(told.filter((type) => type === "failed It can't be done.").length).toBeGreaterThan(0)
      expect(await pact.tasks.task(bad.id)).toMatchObject({ status: "open" })
    })
  )

  live("a worker that is told to stop gives its task back", () =>
    withClient(async (client) => {
      const pact = client.pact()
      const { id } = await pact.tasks.create({ title: "Long" })
      const stop = new AbortController()
      await pact.work({
        signal: stop.signal,
        run: (_, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason))
            stop.abort()
          })
      })
      expect(await pact.tasks.task(id)).toMatchObject({ status: "open", fence: 1 })
    })
  )

  live("a worker whose lease ran out takes the task again", () =>
    withClient(async (_, home) => {
      // Nothing that would extend a lease gets through.
      const fetch: typeof globalThis.fetch = (url, init) =>
        String(url).endsWith("/renew") ? Promise.reject(new TypeError("cut")) : globalThis.fetch(url, init)
      const pact = (await sdk.connect({ home, pact: "work", fetch })).pact()
      const { id } = await pact.tasks.create({ title: "Long" })
      const told: Array<string> = []
      let tries = 0
      await pact.work({
        ttl: 300,
        max: 2,
        run: (_, { signal }) =>
          ++tries > 1
            ? "done"
            : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        onEvent: ({ type }) => void told.push(type)
      })
      expect(told.filter((type) => type !== "waiting")).toEqual(["claimed", "lost", "claimed", "complete"])
      expect(await pact.tasks.task(id)).toMatchObject({ status: "complete", result: "done", fence: 2 })
    })
  )

  live("a worker whose claim nobody confirms says so, gives it back, and takes the task when somebody does", () =>
    withClient(async (_, home) => {
      let cut = 0
      const fetch: typeof globalThis.fetch = async (url, init) => {
        const answer = await globalThis.fetch(url, init)
        if (!String(url).includes("/claim?") || cut++ > 0) return answer
        return Response.json({ error: "VIEW_TIMEOUT", message: "Not confirmed.", status: 504 }, { status: 504 })
      }
      const pact = (await sdk.connect({ home, pact: "work", fetch })).pact()
      const { id } = await pact.tasks.create({ title: "Lone" })
      const told: Array<string> = []
      const onEvent = (event: { readonly type: string; readonly reason?: string }) =>
        void told.push(event.type, ...(event.reason === undefined ? [] : [event.reason]))
      await pact.work({ max: 1, run: () => "done", onEvent })
      expect(told.filter((word) => word !== "waiting")).toEqual([
        "unconfirmed",
        "VIEW_TIMEOUT: Not confirmed.",
        "claimed",
        "complete"
      ])
      expect(await pact.tasks.task(id)).toMatchObject({ status: "complete", fence: 2 })
    })
  )

  live("a worker that is done stops listening, though Node collected what it could meanwhile", () =>
    withClient(async (client) => {
      const { tasks, work } = client.pact()
      const { id } = await tasks.create({ title: "Long" })
      await work({ drain: true, run: collectGarbage, onEvent: collectGarbage })
      expect(await tasks.task(id)).toMatchObject({ status: "complete" })
    })
  )

  live("a worker stays with its pact, whatever that is called meanwhile", () =>
    withClient(async (client) => {
      const { id } = await client.pact("default").tasks.create({ title: "Long" })
      const { pact_id } = await client.pact("default").status()
      await client.pact("default").work({
        drain: true,
        run: async () => {
          await client.pacts.create({ name: "Other", confirm: true })
          await client.pacts.switch({ alias: "other", confirm: "other" })
          await client.pact(pact_id).alias({ alias: "renamed" })
        }
      })
      expect(await client.pact(pact_id).tasks.task(id)).toMatchObject({ status: "complete" })
    })
  )
})

const portOf = (home: string): number =>
  (JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as { readonly port: number }).port

describe("without a daemon", () => {
  const failure = (home: string) =>
    sdk.connect({ home }).then(
      () => expect.unreachable(),
      (error: unknown) => error
    )

  live("each way to find none says what to do next", () =>
    Effect.gen(function* () {
      const home = yield* tempDir()
      const file = join(home, "daemon.json")
      yield* Effect.promise(async () => {
        const state = { version: 1, apiToken: "ab".repeat(32), pacts: [], currentAlias: null }
        const write = (content: string, mode = 0o600) => {
          writeFileSync(file, content)
          chmodSync(file, mode)
        }
        const start = "Start it: openpact start"
        expect(await failure(home)).toMatchObject({ code: "NO_DAEMON", reason: "absent", home })
        write(JSON.stringify(state))
        const stopped = await failure(home)
        expect(stopped).toBeInstanceOf(sdk.NoDaemonError)
        expect(stopped).toMatchObject({ reason: "stopped", message: `The daemon isn't running. ${start}` })
        write(JSON.stringify({ ...state, pid: 2 ** 22 + 1, port: 1 }))
        expect(await failure(home)).toMatchObject({ reason: "died", retryable: false })
        write(JSON.stringify({ ...state, pid: process.pid, port: 1 }), 0o644)
        const exposed = await failure(home)
        expect(exposed).toBeInstanceOf(sdk.HomeError)
        expect(exposed).toMatchObject({ code: "HOME_UNUSABLE", path: file })
        expect(String(exposed)).toContain(`Close it: chmod 600 '${file}'`)
        write("{")
        expect(await failure(home)).toMatchObject({
          code: "HOME_UNUSABLE",
          message: expect.stringContaining("damaged")
        })
        write(JSON.stringify({ ...state, version: 2 }))
        expect(await failure(home)).toMatchObject({ message: expect.stringContaining("newer") })
        await expect(sdk.connect({ home, port: 7666 })).rejects.toThrow(TypeError)
      })
    })
  )
})
