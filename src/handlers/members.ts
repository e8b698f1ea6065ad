import { Effect } from "effect"
import { members } from "../contract/members.ts"
import { NotFound } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import { handle } from "../http/handlers.ts"
import type { Pact, WriteOptions, Written } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { writeAdmin } from "./admin.ts"
import { query as run, unconfirmed } from "./serve.ts"

export const memberHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(members, {
    add: Effect.fnUntraced(function* ({ params, payload: { confirm, ...member }, query }) {
      const pact = yield* pacts.find(params.pactId)
      if (confirm === false) return yield* unconfirmed("Admitting a member")
      const written = yield* writeAdmin(pact, { action: "addWriter", ...member }, query, admitting)
      return yield* changed(pact, member.key, written)
    }),
    promote: Effect.fnUntraced(function* ({ params, payload: { confirm, key }, query }) {
      const pact = yield* pacts.find(params.pactId)
      if (confirm !== true) return yield* unconfirmed("Promoting a member")
      // The rules would admit it: a slip of the key must not make a stranger an indexer.
      const member = yield* run(() => pact.read.member(key))
      if (member?.active !== true) return yield* noMember(key)
      const written = yield* writeAdmin(pact, { action: "addWriter", key, indexer: true }, query, admitting)
      return yield* changed(pact, key, written)
    }),
    remove: Effect.fnUntraced(function* ({ params, payload: { confirm, key }, query }) {
      const pact = yield* pacts.find(params.pactId)
      if (confirm !== true) return yield* unconfirmed("Removing a member")
      return yield* removeMember(pact, key, query)
    }),
    drop: Effect.fnUntraced(function* ({ params: { key, pactId }, query }) {
      return yield* removeMember(yield* pacts.find(pactId), key, query).pipe(
        Effect.catchTag("IDEMPOTENCY_CONFLICT", Effect.die)
      )
    })
  })
})

const admitting = ["NOT_CREATOR", "HANDLE_TAKEN"] as const
const removing = ["NOT_CREATOR", "LAST_INDEXER", "NOT_FOUND"] as const

const removeMember = Effect.fnUntraced(function* (pact: Pact, key: string, query: WriteOptions) {
  const written = yield* writeAdmin(pact, { action: "removeWriter", key }, query, removing).pipe(
    Effect.catchTag("NOT_FOUND", () => Effect.fail(noMember(key)))
  )
  return yield* changed(pact, key, written)
})

const noMember = (key: string) =>
  new NotFound({ message: `No member has the key ${key}. See who is there: openpact agents` })

const changed = Effect.fnUntraced(function* (pact: Pact, key: string, { confirmed, id }: Written) {
  const member = yield* run(() => pact.read.member(key))
  const role = member?.active === true ? member.role : null
  return { ok: true, key, agent_id: agentIdOf(key), role, id, confirmed } as const
})
