import { Deferred, Effect } from "effect"
import { Api } from "../../src/contract/api.ts"
import { NotConfirmed, NotFound, NotReady, UnknownPact } from "../../src/domain/errors.ts"
import { jsonText, stream, text } from "../../src/http/answer.ts"
import { Dashboard } from "../../src/http/Dashboard.ts"
import { EventHub } from "../../src/http/EventHub.ts"
import { handle, type Handlers } from "../../src/http/handlers.ts"
import { metricsText, metricsType } from "../../src/http/metrics.ts"

export const pactId = "a".repeat(64)
const agentId = "anon-maple-1a2b3c4d"
const made = { ok: true, alias: "test", peer_handle: agentId, role: "creator" } as const
const names = { pact_id: pactId, pact_name: "Test", pact_purpose: null, display_name: null }

const entry = (n: number, payload: { readonly topic: string; readonly content: string }) => ({
  id: `1a2b3c4d-${512 + n}`,
  type: "knowledge" as const,
  timestamp: 1_790_000_000_000 + n,
  agent_id: agentId,
  display_name: null,
  payload,
  refs: [],
  confirmed: true
})

const empty = { entries: [], cursor: null, has_more: false }

const task = {
  id: "1a2b3c4d-512",
  title: "Test",
  description: null,
  status: "open" as const,
  claimed_by: null,
  worker: null,
  claim: null,
  fence: 0,
  claim_expires_at: null,
  assigned_to: null,
  result: null,
  timestamp: 1,
  updated_at: 1,
  claimed_at: null,
  expired_at: null,
  agent_id: agentId,
  display_name: null,
  refs: [],
  confirmed: true
}
const skill = {
  name: "test",
  version: "1.0.0",
  format: "generic" as const,
  content: "",
  checksum: `sha256:${"0".repeat(64)}`
}
const { content: _, ...brief } = skill
const installed = { ...brief, id: "1a2b3c4d-512", installed_at: 1, path: "/skills/test/SKILL.md", quarantined: null }

const changed = {
  ok: true,
  key: pactId,
  agent_id: agentId,
  role: "member",
  id: "1a2b3c4d-512",
  confirmed: true
} as const

const messageOf = (content: string) => ({
  ...entry(1, { topic: "", content }),
  type: "message" as const,
  payload: { content }
})

const known = (ref: string) =>
  ref === "default" || ref === "test" || ref === pactId
    ? Effect.void
    : Effect.fail(new UnknownPact({ message: `There is no pact ${ref} here.` }))

/** One pact in memory, behind every route of the contract, for tests of what lies before the handlers. */
export interface MemoryPact {
  /** The bodies that handlers got. */
  readonly bodies: Array<unknown>
  ready: boolean
  /** Opens when a handler of `changes` runs, and when it was interrupted. */
  readonly waiting: Deferred.Deferred<void>
  readonly interrupted: Deferred.Deferred<void>
}

export const makeMemoryPact = (): MemoryPact => ({
  bodies: [],
  ready: true,
  waiting: Deferred.makeUnsafe(),
  interrupted: Deferred.makeUnsafe()
})

export const memoryHandlers = (
  pact: MemoryPact
): Effect.Effect<Handlers<(typeof Api)["groups"]>, never, EventHub | Dashboard> => {
  const keep = (payload: unknown) => Effect.sync(() => void pact.bodies.push(payload))
  return Effect.gen(function* () {
    const hub = yield* EventHub
    const dashboard = yield* Dashboard
    const context = yield* Effect.context<never>()
    const groups = Api.groups
    return {
      probes: handle(groups.probes, {
        ping: () => Effect.succeed({ ok: true }),
        healthz: () => Effect.succeed({ ok: true }),
        readyz: () =>
          pact.ready
            ? Effect.succeed({ ready: true, pact_count: 1 })
            : Effect.fail(new NotReady({ message: "No pact is open yet." }))
      }),
      host: handle(groups.host, {
        status: () =>
          Effect.succeed({
            version: "0.1.0",
            protocol: 1,
            uptime_ms: 1,
            current: "test",
            pact_count: 1,
            agents: 1,
            durability: "strict",
            network: "none",
            bootstrap: [],
            home: "/home/test/.openpact"
          }),
        metrics: () => Effect.sync(() => text(metricsText(context), metricsType)),
        openapi: () => Effect.succeed({ openapi: "3.1.0" })
      }),
      pacts: handle(groups.pacts, {
        list: () => Effect.succeed({ current: "test", pacts: [] }),
        create: ({ payload }) =>
          Effect.andThen(
            keep(payload),
            payload.confirm === true
              ? Effect.succeed({ ...made, ...names })
              : Effect.fail(new NotConfirmed({ message: "Making a pact needs `confirm: true`." }))
          ),
        switch: ({ payload }) => Effect.as(keep(payload), { ok: true, current: payload.alias }),
        alias: ({ payload }) => Effect.as(keep(payload), { ok: true, alias: payload.alias, pact_id: pactId }),
        remove: ({ payload }) =>
          Effect.as(keep(payload), { ok: true, removed: { alias: "test", pact_id: pactId }, announced: false })
      }),
      joins: handle(groups.joins, {
        join: ({ payload }) =>
          Effect.as(keep(payload), {
            ...made,
            ...names,
            role: null,
            public_key: pactId,
            joining: true,
            waiting_for: "peers"
          }),
        redeem: ({ payload: { writer_key } }) =>
          Effect.succeed({ ok: true, pact_id: pactId, writer_key, agent_id: agentId, confirmed: true })
      }),
      pact: handle(groups.pact, {
        status: ({ params }) => Effect.andThen(known(params.pactId), Effect.die(new Error("a secret of the daemon"))),
        agents: () => Effect.succeed([]),
        info: ({ payload }) => Effect.as(keep(payload), { ok: true, ...names, id: "1a2b3c4d-512", confirmed: false }),
        me: ({ payload }) =>
          Effect.as(keep(payload), {
            ok: true,
            ...names,
            ...payload,
            peer_handle: agentId,
            id: "1a2b3c4d-513",
            confirmed: true
          })
      }),
      invites: handle(groups.invites, {
        list: () => Effect.succeed({ entries: [], cursor: null, has_more: false }),
        mint: ({ payload }) =>
          Effect.as(keep(payload), {
            token: "t",
            share_url: "https://openpact.dev/join?invite=t",
            nonce: "b".repeat(48),
            invite: pactId,
            expires_at: 1,
            id: task.id,
            confirmed: true
          }),
        revoke: ({ payload }) => Effect.as(keep(payload), { ok: true, invite: pactId, id: task.id, confirmed: true })
      }),
      members: handle(groups.members, {
        add: ({ payload }) => Effect.as(keep(payload), changed),
        promote: ({ payload }) => Effect.as(keep(payload), changed),
        remove: ({ payload }) => Effect.as(keep(payload), changed),
        drop: () => Effect.succeed(changed)
      }),
      knowledge: handle(groups.knowledge, {
        list: ({ params, query }) =>
          Effect.as(known(params.pactId), jsonText(JSON.stringify({ ...empty, has_more: query.limit === 1 }))),
        record: ({ params, payload }) =>
          known(params.pactId).pipe(Effect.andThen(keep(payload)), Effect.as(entry(pact.bodies.length, payload))),
        topics: () => Effect.succeed([])
      }),
      tasks: handle(groups.tasks, {
        list: () => Effect.succeed(empty),
        create: ({ payload }) => Effect.as(keep(payload), { ...task, entry_id: task.id }),
        task: () => Effect.succeed({ ...task, history: [], history_cut: false }),
        claim: ({ headers, payload }) => Effect.as(keep({ ...headers, ...payload }), { ...task, entry_id: task.id }),
        renew: ({ payload }) => Effect.as(keep(payload), { ...task, entry_id: task.id }),
        release: ({ payload }) => Effect.as(keep(payload), { ...task, entry_id: task.id }),
        complete: ({ payload }) => Effect.as(keep(payload), { ...task, entry_id: task.id })
      }),
      skills: handle(groups.skills, {
        list: () => Effect.succeed(empty),
        post: ({ payload }) =>
          Effect.as(keep(payload), { ...entry(1, { topic: "", content: "" }), type: "skill" as const, payload: skill }),
        installed: () => Effect.succeed({ entries: [installed] }),
        content: () => Effect.succeed({ ...skill, id: installed.id }),
        install: ({ payload }) => Effect.as(keep(payload), installed),
        uninstall: ({ payload }) => Effect.as(keep(payload), installed)
      }),
      messages: handle(groups.messages, {
        list: () => Effect.succeed(empty),
        send: ({ payload }) => Effect.as(keep(payload), messageOf(payload.content))
      }),
      entries: handle(groups.entries, {
        entry: ({ params }) => Effect.fail(new NotFound({ message: `This pact holds no entry ${params.id}.` })),
        referencedBy: () => Effect.succeed(empty),
        log: () => Effect.succeed(empty),
        changes: ({ query }) =>
          query.wait === undefined
            ? Effect.succeed({ entries: [], cursor: "c", has_more: false, reset: false })
            : Effect.never.pipe(
                Effect.onInterrupt(() => Deferred.succeed(pact.interrupted, undefined)),
                (wait) => Effect.andThen(Deferred.succeed(pact.waiting, undefined), wait)
              )
      }),
      search: handle(groups.search, {
        pact: () => Effect.succeed({ entries: [], has_more: false }),
        host: () => Effect.succeed({ entries: [], has_more: false })
      }),
      dashboard: handle(groups.dashboard, { link: () => dashboard.link }),
      events: handle(groups.events, {
        stream: ({ headers, query }) =>
          Effect.succeed(
            stream(
              "text/event-stream",
              hub.serve({
                topic: query.pact ?? null,
                names: query.types === undefined ? null : new Set(query.types.split(",")),
                after: headers["last-event-id"] ?? null,
                version: "0.1.0"
              })
            )
          )
      })
    }
  })
}
