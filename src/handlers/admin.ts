import { Clock, Effect } from "effect"
import type { EntryOf } from "../domain/entry.ts"
import type { IdempotencyConflict } from "../domain/errors.ts"
import { entryIdOf } from "../domain/ids.ts"
import { decodeText } from "../engine/bytes.ts"
import { decide, reads } from "../engine/decide.ts"
import { factsOf } from "../engine/facts-view.ts"
import type { Fact } from "../engine/facts.ts"
import { CurrentAttempt } from "../pacts/attempt.ts"
import type { Pact, WriteError, WriteOptions, Written } from "../pacts/Pact.ts"
import { refusalError } from "../pacts/refusals.ts"
import { type Expected, isUnexpected, type Unexpected } from "./serve.ts"

type Admin = EntryOf<"admin">["payload"]
type Refused<Code> = Extract<WriteError, { readonly _tag: Code }>

/**
 * Writes an admin entry. What the rules refuse as things stand is not even written, so that it leaves no trace in
 * everybody's log. What gets in between is refused by `apply`.
 *
 * @param codes the refusals that this action can meet. Any other is a bug.
 */
export const writeAdmin = <const Code extends Unexpected["_tag"]>(
  pact: Pact,
  payload: Admin,
  options: WriteOptions,
  codes: ReadonlyArray<Code>
): Effect.Effect<Written, Expected | IdempotencyConflict | Refused<Code>> =>
  Effect.flatMap(CurrentAttempt, (attempt) =>
    // What an earlier try of this request changed must not speak against it.
    (attempt?.earlier ? Effect.void : foresee(pact, payload)).pipe(
      Effect.andThen(pact.write({ type: "admin", payload }, { ...options, attempt })),
      Effect.catch((error) => (isKnown(error, codes) ? Effect.fail(error) : Effect.die(error)))
    )
  )

const isKnown = <Code extends string>(
  error: WriteError,
  codes: ReadonlyArray<Code>
): error is Expected | IdempotencyConflict | Extract<WriteError, { readonly _tag: Code }> =>
  !isUnexpected(error) || error._tag === "IDEMPOTENCY_CONFLICT" || codes.some((code) => code === error._tag)

/** Fails with what `apply` would refuse it with, as things stand. */
const foresee = Effect.fnUntraced(function* (pact: Pact, payload: Admin): Effect.fn.Return<void, WriteError> {
  const { agentId: agent_id, ledger, memberKey: writer, pactId } = pact
  const time = yield* Clock.currentTimeMillis
  const entry: EntryOf<"admin"> = { type: "admin", timestamp: time, agent_id, display_name: null, payload, refs: [] }
  const facts = new Map<string, Fact | null>()
  for (const key of reads(entry, writer)) {
    const bytes = yield* ledger.stateGet(key)
    facts.set(key, bytes === null ? null : (JSON.parse(decodeText(bytes)!) as Fact))
  }
  const verdict = decide(entry, { pactId, writer, id: entryIdOf(writer, 1, 0), time }, factsOf(facts))
  if (!verdict.accepted) return yield* refusalError(verdict.code)
})
