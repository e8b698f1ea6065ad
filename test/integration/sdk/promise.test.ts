import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { connect } from "../../../src/sdk/promise/index.ts"
import { live } from "../../kit/live.ts"
import { serveOne } from "../../kit/served.ts"

/** A promise client of a daemon in this process. */
const served = Effect.gen(function* () {
  const { home } = yield* serveOne
  return { home, client: yield* Effect.promise(() => connect({ home, pact: "work" })) }
})

describe("the promise client and a daemon", () => {
  live("talk about everything that the contract has", () =>
    Effect.gen(function* () {
      const { client } = yield* served
      yield* Effect.promise(async () => {
        const pact = client.pact()
        expect(await client.probes.ping()).toEqual({ ok: true })
        expect((await client.host.status()).pact_count).toBe(1)
        expect(await client.host.metrics()).toContain("openpact_")
        expect((await client.pacts.list()).current).toBe("work")
        expect((await pact.status()).role).toBe("creator")
        const known = await pact.knowledge.record({ topic: "sales/a b", content: "Tuesdays" }, { wait: "confirmed" })
        expect(known).toMatchObject({ type: "knowledge", confirmed: true })
        for (let n = 0; n < 5; n++) await pact.knowledge.record({ topic: "numbers", content: String(n) })
        const page = await pact.knowledge.list({ topic: "numbers", order: "asc", limit: 2 })
        expect(page.entries.map(({ payload }) => payload.content)).toEqual(["0", "1"])
        const all: Array<string> = []
        for await (const { payload } of pact.knowledge.list({ topic: "numbers", order: "asc", limit: 2 }))
          all.push(payload.content)
        expect(all).toEqual(["0", "1", "2", "3", "4"])
        const { entries } = await pact.search({ q: "Tuesdays" })
        expect(entries.map(({ id }) => id)).toEqual([known.id])
        expect((await client.search({ q: "tuesdays" })).entries.length).toBe(1)
        const task = await pact.tasks.create({ title: "A" })
        await pact.tasks.claim(task.id)
        expect((await pact.tasks.complete(task.id, { result: { a: 1 } })).status).toBe("complete")
      })
    })
  )
})
