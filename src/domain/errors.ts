import type { Cause } from "effect"
import { ErrorReporter, Schema } from "effect"

/** One field at fault: where it stands in the request and what was expected there. */
export const FieldFault = Schema.Struct({ path: Schema.String, expected: Schema.String })
export type FieldFault = typeof FieldFault.Type

type Fields<Code extends string, Status extends number> = {
  readonly error: Schema.tag<Code>
  readonly message: Schema.String
  readonly status: Schema.tag<Status>
  readonly details: Schema.optionalKey<Schema.$Array<typeof FieldFault>>
}

/**
 * An expected failure. Its fields are the error envelope of the HTTP API, so an error crosses the wire as it is:
 * `error` is the wire code, `status` the HTTP status, `message` says what happened and what to do next.
 * `_tag` repeats the code for `Effect.catchTag` and stays off the wire. `name` is what the schema is called where two
 * classes have one code.
 */
const wire =
  <const Code extends string, const Status extends number>(code: Code, status: Status, name: string = code) =>
  <Self>() => {
    const fields: Fields<Code, Status> = {
      error: Schema.tag(code),
      message: Schema.String,
      status: Schema.tag(status),
      details: Schema.optionalKey(Schema.Array(FieldFault))
    }
    const base = Schema.Error<Error>(name)(fields, { httpApiStatus: status })
    Object.assign(base.prototype, { _tag: code, [ErrorReporter.ignore]: status < 500 })
    return base as unknown as Schema.Class<
      Self,
      Schema.Struct<Fields<Code, Status>>,
      Cause.YieldableError & { readonly _tag: Code }
    >
  }

export class BadRequest extends wire("BAD_REQUEST", 400)<BadRequest>() {}
export class BadCursor extends wire("BAD_CURSOR", 400)<BadCursor>() {}
export class BadEntry extends wire("BAD_ENTRY", 400)<BadEntry>() {}
export class BadSkillName extends wire("BAD_SKILL_NAME", 400)<BadSkillName>() {}
export class SkillChecksumMismatch extends wire("SKILL_CHECKSUM_MISMATCH", 400)<SkillChecksumMismatch>() {}
/** What this machine has stored of a skill fails its own checksum. */
export class SkillDamaged extends wire("SKILL_CHECKSUM_MISMATCH", 500, "SKILL_DAMAGED")<SkillDamaged>() {}
export class NotConfirmed extends wire("NOT_CONFIRMED", 400)<NotConfirmed>() {}
export class InviteBadShape extends wire("INVITE_BAD_SHAPE", 400)<InviteBadShape>() {}
export class InviteWrongPact extends wire("INVITE_WRONG_PACT", 400)<InviteWrongPact>() {}
export class Unauthorized extends wire("UNAUTHORIZED", 401)<Unauthorized>() {}
export class ForbiddenHost extends wire("FORBIDDEN_HOST", 403)<ForbiddenHost>() {}
export class ForbiddenOrigin extends wire("FORBIDDEN_ORIGIN", 403)<ForbiddenOrigin>() {}
export class NotFound extends wire("NOT_FOUND", 404)<NotFound>() {}
export class UnknownPact extends wire("UNKNOWN_PACT", 404)<UnknownPact>() {}
export class UnknownInvite extends wire("UNKNOWN_INVITE", 404)<UnknownInvite>() {}
export class MethodNotAllowed extends wire("METHOD_NOT_ALLOWED", 405)<MethodNotAllowed>() {}
export class RequestTimeout extends wire("REQUEST_TIMEOUT", 408)<RequestTimeout>() {}
export class TaskAlreadyClaimed extends wire("TASK_ALREADY_CLAIMED", 409)<TaskAlreadyClaimed>() {}
export class TaskAlreadyComplete extends wire("TASK_ALREADY_COMPLETE", 409)<TaskAlreadyComplete>() {}
export class NotClaimer extends wire("NOT_CLAIMER", 409)<NotClaimer>() {}
export class NotClaimed extends wire("NOT_CLAIMED", 409)<NotClaimed>() {}
export class NotAssignee extends wire("NOT_ASSIGNEE", 409)<NotAssignee>() {}
export class StaleClaim extends wire("STALE_CLAIM", 409)<StaleClaim>() {}
export class NotAMember extends wire("NOT_A_MEMBER", 409)<NotAMember>() {}
export class NotIndexer extends wire("NOT_INDEXER", 409)<NotIndexer>() {}
export class NotCreator extends wire("NOT_CREATOR", 409)<NotCreator>() {}
export class LastIndexer extends wire("LAST_INDEXER", 409)<LastIndexer>() {}
export class HandleTaken extends wire("HANDLE_TAKEN", 409)<HandleTaken>() {}
export class PactNotReady extends wire("PACT_NOT_READY", 409)<PactNotReady>() {}
export class PactAliasExists extends wire("PACT_ALIAS_EXISTS", 409)<PactAliasExists>() {}
export class InviteNotIndexer extends wire("INVITE_NOT_INDEXER", 409)<InviteNotIndexer>() {}
export class InviteRevoked extends wire("INVITE_REVOKED", 409)<InviteRevoked>() {}
export class InviteSpent extends wire("INVITE_SPENT", 409)<InviteSpent>() {}
export class IdempotencyConflict extends wire("IDEMPOTENCY_CONFLICT", 409)<IdempotencyConflict>() {}
export class InviteExpired extends wire("INVITE_EXPIRED", 410)<InviteExpired>() {}
export class PayloadTooLarge extends wire("PAYLOAD_TOO_LARGE", 413)<PayloadTooLarge>() {}
export class UnsupportedMediaType extends wire("UNSUPPORTED_MEDIA_TYPE", 415)<UnsupportedMediaType>() {}
export class RateLimited extends wire("RATE_LIMITED", 429)<RateLimited>() {}
export class HeadersTooLarge extends wire("HEADERS_TOO_LARGE", 431)<HeadersTooLarge>() {}
export class Internal extends wire("INTERNAL", 500)<Internal>() {}
export class NoAgents extends wire("NO_AGENTS", 503)<NoAgents>() {}
export class NoIndexerReachable extends wire("NO_INDEXER_REACHABLE", 503)<NoIndexerReachable>() {}
export class AgentDisconnected extends wire("AGENT_DISCONNECTED", 503)<AgentDisconnected>() {}
export class NotReady extends wire("NOT_READY", 503)<NotReady>() {}
export class ViewTimeout extends wire("VIEW_TIMEOUT", 504)<ViewTimeout>() {}
export class StorageFull extends wire("STORAGE_FULL", 507)<StorageFull>() {}
