import { expect, it } from "@effect/vitest"
import { Effect, Layer, PubSub, Stream } from "effect"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { eventFeed } from "../../../src/handlers/events.ts"
import { EventHub, type HubEvent } from "../../../src/http/EventHub.ts"
import { Network } from "../../../src/network/Network.ts"
import type { Pact } from "../../../src/pacts/Pact.ts"
import { Pacts, type PactsEvent } from "../../../src/pacts/Pacts.ts"
import type { Batch } from "../../../src/projection/batch.ts"

const pactId = "ab".repeat(32)
const about = { pactId, alias: "work" }

/** A batch that says nothing but whose facts changed. */
const batchOf = (members: ReadonlyArray<string>): Batch => ({
  blocks: [],
  refused: 0,
  rolledBack: null,
  position: { before: 0, after: 0 },
  confirmed: { before: 0, after: 0 },
  overturned: [],
  tasks: [],
  members,
  invites: [],
  pact: false
})

/** What the feed tells of these happenings. */
const told = Effect.fnUntraced(function* (happenings: ReadonlyArray<PactsEvent>, count: number) {
  const published = yield* PubSub.unbounded<HubEvent>({ replay: 100 })
  const hub = EventHub.of({
    publish: (event) => void PubSub.publishUnsafe(published, event),
    heard: () => true,
    serve: () => () => Effect.void
  })
  const pacts = { events: Stream.fromIterable(happenings) } as unknown as Pacts["Service"]
  const network = Network.of({
    bootstrap: "none",
    online: () => new Set(),
    linksOf: () => undefined,
    removedBy: () => new Set(),
    alone: () => Effect.never,
    events: Stream.never
  })
  yield* Layer.build(
    eventFeed.pipe(
      Layer.provide(Layer.succeed(EventHub, hub)),
      Layer.provide(Layer.succeed(Network, network)),
      Layer.provide(Layer.succeed(Pacts, pacts))
    )
  )
  const events = yield* Stream.runCollect(Stream.take(Stream.fromPubSub(published), count))
  return events.map(({ data, event, topic }) => ({ event, topic, data: JSON.parse(data) }))
})

it.effect("a pact that can't be asked any more is told to be read anew, and the feed of the others goes on", () =>
  Effect.gen(function* () {
    const read = {
      member: () => {
        throw new Error("database is not open")
      }
    }
    const pact = { read } as unknown as Pact
    const events = yield* told(
      [
        { type: "batch", ...about, pact, batch: batchOf(["cd".repeat(32)]) },
        { type: "pact-rebuilt", ...about },
        { type: "pact-removed", ...about }
      ],
      3
    )
    const data = { pact_id: pactId, alias: "work" }
    expect(events).toEqual([
      { event: "resync", topic: pactId, data: { ...data, reason: "The pact has to be read anew." } },
      { event: "resync", topic: pactId, data: { ...data, reason: "The pact has to be read anew." } },
      { event: "pact-removed", topic: pactId, data }
    ])
  })
)

it.effect("members are told as they are now, also one whose admission was taken back", () =>
  Effect.gen(function* () {
    const [bob, carol, dave] = ["b1", "c2", "d3"].map((byte) => byte.repeat(32)) as [string, string, string]
    const facts = new Map([
      [bob, { active: true, role: "indexer" }],
      [carol, { active: false, role: "member" }]
    ])
    const read = { member: (key: string) => facts.get(key) ?? null }
    const pact = { read } as unknown as Pact
    const batch: Batch = { ...batchOf([bob, carol, dave]), pact: true }
    const events = yield* told([{ type: "batch", ...about, pact, batch }], 4)
    const of = (key: string) => ({ pact_id: pactId, alias: "work", member_key: key, agent_id: agentIdOf(key) })
    expect(events.map(({ data, event }) => [event, data])).toEqual([
      ["member-added", { ...of(bob), role: "indexer" }],
      ["member-removed", of(carol)],
      ["member-removed", of(dave)],
      ["pact-changed", { pact_id: pactId, alias: "work" }]
    ])
  })
)
