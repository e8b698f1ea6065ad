import { Effect } from "effect"
import {
  BadCursor,
  type BadEntry,
  BadRequest,
  type IdempotencyConflict,
  Internal,
  type NotAMember,
  NotConfirmed,
  type PactNotReady,
  type PayloadTooLarge,
  type StorageFull,
  type ViewTimeout
} from "../domain/errors.ts"
import { type Answer, jsonText } from "../http/answer.ts"
import { CurrentAttempt } from "../pacts/attempt.ts"
import type { Draft } from "../pacts/drafts.ts"
import type { Pact, WriteError, WriteOptions, Written } from "../pacts/Pact.ts"
import type { Page, ServedRow } from "../projection/page.ts"
import type { Projection } from "../projection/Projection.ts"

/** A stored entry as JSON: its bytes as they are, whether it is confirmed, and `more` fields as JSON. */
export const entryJson = ({ body, confirmed }: Pick<ServedRow, "body" | "confirmed">, more = ""): string =>
  `${body},"confirmed":${confirmed}${more}}`

/** The JSON of a list. `more` are further fields as JSON. */
export const listJson = (rows: ReadonlyArray<ServedRow>, hasMore: boolean, more: string): string =>
  `{"entries":[${rows.map((row) => entryJson(row)).join(",")}],"has_more":${hasMore},${more}}`

export const pageJson = ({ cursor, hasMore, rows }: Page): string =>
  listJson(rows, hasMore, `"cursor":${JSON.stringify(cursor)}`)

/** The newest answers of each read model, for as long as it stays as it is. */
const kept = new WeakMap<Projection, { readonly version: object; readonly answers: Map<string, Answer> }>()
const keptAnswers = 32
/** Units of text. */
const keptLength = 64 * 1024

/**
 * A list as JSON. Agents poll: who asks for a first page again before anything has changed gets the same text again.
 * For lists that depend on nothing but the read model and the query.
 */
export const listOf = (
  name: string,
  read: Projection,
  query: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  page: () => Page
): Effect.Effect<Answer, BadCursor | BadRequest | Internal> =>
  pageQuery(() => {
    if (query.cursor !== undefined) return jsonText(pageJson(page()))
    const { version } = read
    let known = kept.get(read)
    if (known?.version !== version) kept.set(read, (known = { version, answers: new Map() }))
    const key = `${name} ${JSON.stringify(query)}`
    const before = known.answers.get(key)
    if (before !== undefined) return before
    const json = pageJson(page())
    const answer = jsonText(json)
    if (json.length > keptLength) return answer
    const [oldest] = known.answers.keys()
    if (oldest !== undefined && known.answers.size === keptAnswers) known.answers.delete(oldest)
    known.answers.set(key, answer)
    return answer
  })

export const writtenJson = ({ confirmed, id, json }: Written): Answer =>
  jsonText(`{"id":"${id}",${json.slice(1, -1)},"confirmed":${confirmed}}`)

/** @param value what `confirm` has to be, as JSON. */
export const unconfirmed = (what: string, value = "true") =>
  new NotConfirmed({ message: `${what} has to be confirmed: send "confirm": ${value}.` })

/** What this machine's disk refuses is nobody's fault out there, and the words say what to do. */
export const told = ({ message }: { readonly message: string }) => new Internal({ message })

/** Runs a query of a read model: what it throws for the caller becomes the error, anything else stays a defect. */
export const query = <A>(read: () => A): Effect.Effect<A, BadRequest | Internal> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(read())
    } catch (cause) {
      return cause instanceof BadRequest || cause instanceof Internal ? Effect.fail(cause) : Effect.die(cause)
    }
  })

/** The same for a list, which takes a cursor. */
export const pageQuery = <A>(read: () => A): Effect.Effect<A, BadCursor | BadRequest | Internal> =>
  Effect.catchDefect(query(read), (cause) => (cause instanceof BadCursor ? Effect.fail(cause) : Effect.die(cause)))

/** What any write may be refused with. */
export type Expected = BadEntry | PayloadTooLarge | NotAMember | PactNotReady | StorageFull | ViewTimeout | Internal
const expected: ReadonlyArray<WriteError["_tag"]> = [
  "BAD_ENTRY",
  "PAYLOAD_TOO_LARGE",
  "NOT_A_MEMBER",
  "PACT_NOT_READY",
  "STORAGE_FULL",
  "VIEW_TIMEOUT",
  "INTERNAL"
]
export type Unexpected = Exclude<WriteError, Expected>
export const isUnexpected = (error: WriteError): error is Unexpected => !expected.includes(error._tag)

/** Writes what no rule of the pact can refuse to a member: the refusals that are for tasks and admins are bugs here. */
export const writeEntry = (pact: Pact, draft: Draft, options: WriteOptions): Effect.Effect<Written, Expected> =>
  Effect.catchIf(pact.write(draft, options), isUnexpected, (error) => Effect.die(error))

/** The same for a POST: what it writes stands in the pact once, however often it is sent with its `Idempotency-Key`. */
export const writeOnce = (
  pact: Pact,
  draft: Draft,
  options: WriteOptions
): Effect.Effect<Written, Expected | IdempotencyConflict> =>
  Effect.flatMap(CurrentAttempt, (attempt) =>
    Effect.catchIf(
      pact.write(draft, { ...options, attempt }),
      (error): error is Exclude<Unexpected, IdempotencyConflict> =>
        isUnexpected(error) && error._tag !== "IDEMPOTENCY_CONFLICT",
      (error) => Effect.die(error)
    )
  )
