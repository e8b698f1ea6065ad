import { Effect } from "effect"
import {
  BadCursor,
  type BadEntry,
  BadRequest,
  Internal,
  type NotAMember,
  type PactNotReady,
  type PayloadTooLarge,
  type StorageFull,
  type ViewTimeout
} from "../domain/errors.ts"
import { type Answer, jsonText } from "../http/answer.ts"
import type { Draft } from "../pacts/drafts.ts"
import type { Pact, WriteError, WriteOptions, Written } from "../pacts/Pact.ts"
import type { Page, ServedRow } from "../projection/page.ts"

/** A stored entry as JSON: its bytes as they are, whether it is confirmed, and `more` fields as JSON. */
export const entryJson = ({ body, confirmed }: Pick<ServedRow, "body" | "confirmed">, more = ""): string =>
  `${body},"confirmed":${confirmed}${more}}`

/** The JSON of a list. `more` are further fields as JSON. */
export const listJson = (entries: ReadonlyArray<string>, hasMore: boolean, more: string): Answer =>
  jsonText(`{"entries":[${entries.join(",")}],"has_more":${hasMore},${more}}`)

export const pageJson = ({ cursor, hasMore, rows }: Page): Answer =>
  listJson(
    rows.map((row) => entryJson(row)),
    hasMore,
    `"cursor":${JSON.stringify(cursor)}`
  )

export const writtenJson = ({ confirmed, id, json }: Written): Answer =>
  jsonText(`{"id":"${id}",${json.slice(1, -1)},"confirmed":${confirmed}}`)

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

type Expected = BadEntry | PayloadTooLarge | NotAMember | PactNotReady | StorageFull | ViewTimeout
const expected: ReadonlyArray<WriteError["_tag"]> = [
  "BAD_ENTRY",
  "PAYLOAD_TOO_LARGE",
  "NOT_A_MEMBER",
  "PACT_NOT_READY",
  "STORAGE_FULL",
  "VIEW_TIMEOUT"
]
export type Unexpected = Exclude<WriteError, Expected>
export const isUnexpected = (error: WriteError): error is Unexpected => !expected.includes(error._tag)

/** Writes what no rule of the pact can refuse to a member: the refusals that are for tasks and admins are bugs here. */
export const writeEntry = (pact: Pact, draft: Draft, options: WriteOptions): Effect.Effect<Written, Expected> =>
  Effect.catchIf(pact.write(draft, options), isUnexpected, (error) => Effect.die(error))
