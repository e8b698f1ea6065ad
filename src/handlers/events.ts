import { Clock, Effect, Layer, Stream } from "effect"
import { events } from "../contract/events.ts"
import type { EventName } from "../domain/events.ts"
import { agentIdOf } from "../domain/ids.ts"
import { stream } from "../http/answer.ts"
import { EventHub } from "../http/EventHub.ts"
import { handle } from "../http/handlers.ts"
import { Network, type PresenceEvent } from "../network/Network.ts"
import { Pacts, type PactsEvent } from "../pacts/Pacts.ts"
import { bodyOf } from "../projection/entry.ts"
import { entryJson } from "./serve.ts"

const eventStream = "text/event-stream"
/** How much is told before sockets get to send it, so that readers fall behind only if they are slow. */
const breathBytes = 256 * 1024

export const eventHandlers = Effect.fnUntraced(function* ({ version }: { readonly version: string }) {
  const pacts = yield* Pacts
  const hub = yield* EventHub
  return handle(events, {
    stream: Effect.fnUntraced(function* ({ headers, query: { pact, types } }) {
      const topic = pact === undefined ? null : (yield* pacts.look(pact)).pactId
      const names = types === undefined ? null : new Set(["resync", ...types.split(",")])
      return stream(eventStream, hub.serve({ topic, names, after: headers["last-event-id"] ?? null, version }))
    })
  })
})

/** Turns what happens in the pacts into events for the hub, for as long as the daemon runs. */
export const eventFeed = Layer.effectDiscard(
  Effect.gen(function* () {
    const hub = yield* EventHub
    const pacts = yield* Pacts
    const publish = Effect.fnUntraced(function* (happened: PactsEvent) {
      if (!hub.heard()) return
      const now = yield* Clock.currentTimeMillis
      const { alias, pactId } = happened
      const about = `{"pact_id":"${pactId}","alias":"${alias}"`
      let sent = 0
      for (const [event, more] of yield* wiresOf(happened, now)) {
        const data = `${about}${more === "" ? "" : `,${more}`}}`
        hub.publish({ event, topic: pactId, data })
        sent += data.length
        if (sent < breathBytes) continue
        sent = 0
        yield* Effect.yieldNow
      }
    })
    yield* Effect.forkScoped(Stream.runForEach(pacts.events, publish), { startImmediately: true })
    const network = yield* Network
    const tell = Effect.fnUntraced(function* ({ memberKey, pactId, type }: PresenceEvent) {
      const { alias } = yield* pacts.look(pactId)
      const about = `"pact_id":"${pactId}","alias":"${alias}"`
      // What is told of this machine stands in the status of the pact.
      if (type === "removal-told") return hub.publish({ event: "pact-changed", topic: pactId, data: `{${about}}` })
      const member = `"member_key":"${memberKey}","agent_id":"${agentIdOf(memberKey)}"`
      hub.publish({ event: type, topic: pactId, data: `{${about},${member}}` })
    })
    // A pact that is gone by now has nobody to tell.
    yield* Effect.forkScoped(Stream.runForEach(network.events, (event) => Effect.ignore(tell(event))))
  })
)

type Wire = readonly [event: EventName, fields: string]

/** A pact that can't be asked, since it was just closed or its read model is damaged, must not end the feed of all. */
const wiresOf = (happened: PactsEvent, now: number): Effect.Effect<ReadonlyArray<Wire>> =>
  Effect.sync(() => eventsOf(happened, now)).pipe(
    Effect.catchDefect((cause) =>
      Effect.as(Effect.logWarning(`What happened in the pact ${happened.alias} could not be told`, cause), [readAnew])
    )
  )

/** Whatever is filtered for, this is never left out: see {@link eventHandlers}. */
const readAnew: Wire = ["resync", `"reason":"The pact has to be read anew."`]

/** The events of one happening, in order, with their fields as JSON. */
const eventsOf = (happened: PactsEvent, now: number): ReadonlyArray<Wire> => {
  if (happened.type === "pact-rebuilt") return [readAnew]
  if (happened.type !== "batch") return [[happened.type, ""]]
  const {
    batch,
    pact: { read }
  } = happened
  const wires: Array<Wire> = []
  for (const { decided } of batch.blocks) {
    for (const d of decided) {
      if (!d.accepted) continue
      const confirmed = d.position < batch.confirmed.after
      wires.push(["entry-applied", `"entry":${entryJson({ body: bodyOf(d.id, d.json), confirmed })}`])
    }
  }
  for (const { code, id } of batch.overturned) wires.push(["entry-rejected", `"id":"${id}","code":"${code}"`])
  for (const id of batch.tasks) {
    const task = read.taskState(id, now)
    if (task !== null) wires.push(["task-changed", `"task":${entryJson(task)}`])
  }
  for (const key of batch.members) {
    const member = read.member(key)
    const about = `"member_key":"${key}","agent_id":"${agentIdOf(key)}"`
    // One that is not known any more was admitted in an order that was taken back.
    if (member?.active === true) wires.push(["member-added", `${about},"role":"${member.role}"`])
    else wires.push(["member-removed", about])
  }
  if (batch.pact) wires.push(["pact-changed", ""])
  const upto = batch.confirmed.after > batch.confirmed.before ? read.idAt(batch.confirmed.after - 1) : null
  if (upto !== null) wires.push(["entry-confirmed", `"upto":"${upto}"`])
  return wires
}
