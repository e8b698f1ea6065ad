import { Effect, Result } from "effect"
import { pacts as group } from "../contract/pacts.ts"
import { handle } from "../http/handlers.ts"
import { Network } from "../network/Network.ts"
import { CurrentAttempt } from "../pacts/attempt.ts"
import { type Listed, Pacts } from "../pacts/Pacts.ts"
import { fetching, isNewcomer, joiningFields } from "./joining.ts"
import { query as run, told, unconfirmed } from "./serve.ts"

export const pactsHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  const network = yield* Network
  /** Whoever takes the leave of a member closes the connection to it. */
  const part = (pactId: string) =>
    network.online(pactId).size === 0
      ? Effect.succeed(false)
      : network
          .alone(pactId)
          .pipe(
            Effect.interruptible,
            Effect.as(true),
            Effect.timeoutOrElse({ duration: partingTime, orElse: () => Effect.succeed(false) })
          )
  return handle(group, {
    list: Effect.fnUntraced(function* () {
      const listed = yield* pacts.list
      return {
        current: listed.find(({ current }) => current)?.alias ?? null,
        pacts: yield* Effect.forEach(listed, rowOf)
      }
    }),
    create: Effect.fnUntraced(function* ({ payload: { confirm, ...options } }) {
      if (confirm !== true) return yield* unconfirmed("Making a pact")
      const made = yield* pacts
        .create(options, yield* CurrentAttempt)
        .pipe(Effect.catchTags({ HomeError: told, LedgerError: told }))
      const {
        added_at: _at,
        agents: _agents,
        entries: _entries,
        is_current: _current,
        role,
        ...names
      } = yield* rowOf(made)
      const peer_handle = made.pact?.agentId
      if (role === null || peer_handle === undefined) return yield* Effect.die(new Error("a new pact is not open"))
      return { ok: true, ...names, role, peer_handle }
    }),
    switch: Effect.fnUntraced(function* ({ payload: { alias, confirm } }) {
      if (confirm !== alias) return yield* unconfirmed("Switching", `"${alias}"`)
      const listed = yield* pacts.switch(alias).pipe(Effect.catchTag("HomeError", told))
      return { ok: true, current: listed.alias }
    }),
    alias: Effect.fnUntraced(function* ({ params, payload }) {
      const { alias, pactId } = yield* pacts
        .rename(params.pactId, payload.alias)
        .pipe(Effect.catchTag("HomeError", told))
      return { ok: true, alias, pact_id: pactId }
    }),
    remove: Effect.fnUntraced(function* ({ params, payload }) {
      const { alias, announced, pactId } = yield* pacts
        .remove(params.pactId, payload.confirm ?? "", part)
        .pipe(Effect.catchTag("HomeError", told))
      return { ok: true, removed: { alias, pact_id: pactId }, announced }
    })
  })
})

/** How long those who are there may take to learn that this machine leaves. */
const partingTime = "5 seconds"

const rowOf = Effect.fnUntraced(function* ({ addedAt, alias, current, failed, joining, pact, pactId }: Listed) {
  const listing = { alias, pact_id: pactId, is_current: current, added_at: addedAt ?? 0 }
  const closed = (reason: string | null) => ({
    ...listing,
    pact_name: null,
    pact_purpose: null,
    display_name: null,
    role: null,
    entries: 0,
    agents: 0,
    ...(reason === null ? {} : { failed: reason })
  })
  if (joining !== null) {
    const { displayName: display_name, pactName: pact_name } = joining
    return { ...closed(null), pact_name, display_name, ...joiningFields(joining.progress()) }
  }
  if (pact === null) return closed(failed)
  const { display_name } = yield* pact.config
  // One pact whose read model is being made anew must not hide the others.
  const asked = yield* Effect.result(
    run(() => ({
      info: pact.read.pact(),
      self: pact.read.member(pact.memberKey),
      agents: pact.read.memberCounts().active
    }))
  )
  if (Result.isFailure(asked)) return closed(asked.failure.message)
  const { agents, info, self } = asked.success
  return {
    ...listing,
    pact_name: info?.name ?? null,
    pact_purpose: info?.purpose ?? null,
    display_name,
    role: self?.active === true ? self.role : null,
    entries: pact.read.entries,
    agents,
    ...(isNewcomer(pact, self) ? joiningFields(fetching) : {})
  }
})
