// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u

import type { ErrorEntry } from "../errors.ts"
import * as E from "./errors.ts"

export const errorEntries: ReadonlyArray<ErrorEntry> = [
  { name: "BadRequestError", code: "BAD_REQUEST", status: 400, retryable: false, Class: E.BadRequestError },
  { name: "BadCursorError", code: "BAD_CURSOR", status: 400, retryable: false, Class: E.BadCursorError },
  { name: "BadEntryError", code: "BAD_ENTRY", status: 400, retryable: false, Class: E.BadEntryError },
  { name: "BadSkillNameError", code: "BAD_SKILL_NAME", status: 400, retryable: false, Class: E.BadSkillNameError },
  {
    name: "SkillChecksumMismatchError",
    code: "SKILL_CHECKSUM_MISMATCH",
    status: 400,
    retryable: false,
    Class: E.SkillChecksumMismatchError
  },
  {
    name: "SkillDamagedError",
    code: "SKILL_CHECKSUM_MISMATCH",
    status: 500,
    retryable: false,
    Class: E.SkillDamagedError
  },
  { name: "NotConfirmedError", code: "NOT_CONFIRMED", status: 400, retryable: false, Class: E.NotConfirmedError },
  {
    name: "InviteBadShapeError",
    code: "INVITE_BAD_SHAPE",
    status: 400,
    retryable: false,
    Class: E.InviteBadShapeError
  },
  {
    name: "InviteWrongPactError",
    code: "INVITE_WRONG_PACT",
    status: 400,
    retryable: false,
    Class: E.InviteWrongPactError
  },
  { name: "UnauthorizedError", code: "UNAUTHORIZED", status: 401, retryable: false, Class: E.UnauthorizedError },
  { name: "ForbiddenHostError", code: "FORBIDDEN_HOST", status: 403, retryable: false, Class: E.ForbiddenHostError },
  {
    name: "ForbiddenOriginError",
    code: "FORBIDDEN_ORIGIN",
    status: 403,
    retryable: false,
    Class: E.ForbiddenOriginError
  },
  { name: "NotFoundError", code: "NOT_FOUND", status: 404, retryable: false, Class: E.NotFoundError },
  { name: "UnknownPactError", code: "UNKNOWN_PACT", status: 404, retryable: false, Class: E.UnknownPactError },
  { name: "UnknownInviteError", code: "UNKNOWN_INVITE", status: 404, retryable: false, Class: E.UnknownInviteError },
  {
    name: "MethodNotAllowedError",
    code: "METHOD_NOT_ALLOWED",
    status: 405,
    retryable: false,
    Class: E.MethodNotAllowedError
  },
  { name: "RequestTimeoutError", code: "REQUEST_TIMEOUT", status: 408, retryable: true, Class: E.RequestTimeoutError },
  {
    name: "TaskAlreadyClaimedError",
    code: "TASK_ALREADY_CLAIMED",
    status: 409,
    retryable: false,
    Class: E.TaskAlreadyClaimedError
  },
  {
    name: "TaskAlreadyCompleteError",
    code: "TASK_ALREADY_COMPLETE",
    status: 409,
    retryable: false,
    Class: E.TaskAlreadyCompleteError
  },
  { name: "NotClaimerError", code: "NOT_CLAIMER", status: 409, retryable: false, Class: E.NotClaimerError },
  { name: "NotClaimedError", code: "NOT_CLAIMED", status: 409, retryable: false, Class: E.NotClaimedError },
  { name: "NotAssigneeError", code: "NOT_ASSIGNEE", status: 409, retryable: false, Class: E.NotAssigneeError },
  { name: "StaleClaimError", code: "STALE_CLAIM", status: 409, retryable: false, Class: E.StaleClaimError },
  { name: "NotAMemberError", code: "NOT_A_MEMBER", status: 409, retryable: false, Class: E.NotAMemberError },
  { name: "NotIndexerError", code: "NOT_INDEXER", status: 409, retryable: false, Class: E.NotIndexerError },
  { name: "NotCreatorError", code: "NOT_CREATOR", status: 409, retryable: false, Class: E.NotCreatorError },
  { name: "LastIndexerError", code: "LAST_INDEXER", status: 409, retryable: false, Class: E.LastIndexerError },
  { name: "HandleTakenError", code: "HANDLE_TAKEN", status: 409, retryable: false, Class: E.HandleTakenError },
  { name: "PactNotReadyError", code: "PACT_NOT_READY", status: 409, retryable: true, Class: E.PactNotReadyError },
  {
    name: "PactAliasExistsError",
    code: "PACT_ALIAS_EXISTS",
    status: 409,
    retryable: false,
    Class: E.PactAliasExistsError
  },
  {
    name: "InviteNotIndexerError",
    code: "INVITE_NOT_INDEXER",
    status: 409,
    retryable: false,
    Class: E.InviteNotIndexerError
  },
  { name: "InviteRevokedError", code: "INVITE_REVOKED", status: 409, retryable: false, Class: E.InviteRevokedError },
  { name: "InviteSpentError", code: "INVITE_SPENT", status: 409, retryable: false, Class: E.InviteSpentError },
  {
    name: "IdempotencyConflictError",
    code: "IDEMPOTENCY_CONFLICT",
    status: 409,
    retryable: false,
    Class: E.IdempotencyConflictError
  },
  { name: "InviteExpiredError", code: "INVITE_EXPIRED", status: 410, retryable: false, Class: E.InviteExpiredError },
  {
    name: "PayloadTooLargeError",
    code: "PAYLOAD_TOO_LARGE",
    status: 413,
    retryable: false,
    Class: E.PayloadTooLargeError
  },
  {
    name: "UnsupportedMediaTypeError",
    code: "UNSUPPORTED_MEDIA_TYPE",
    status: 415,
    retryable: false,
    Class: E.UnsupportedMediaTypeError
  },
  { name: "RateLimitedError", code: "RATE_LIMITED", status: 429, retryable: true, Class: E.RateLimitedError },
  {
    name: "HeadersTooLargeError",
    code: "HEADERS_TOO_LARGE",
    status: 431,
    retryable: false,
    Class: E.HeadersTooLargeError
  },
  { name: "InternalError", code: "INTERNAL", status: 500, retryable: false, Class: E.InternalError },
  { name: "NoAgentsError", code: "NO_AGENTS", status: 503, retryable: true, Class: E.NoAgentsError },
  {
    name: "NoIndexerReachableError",
    code: "NO_INDEXER_REACHABLE",
    status: 503,
    retryable: true,
    Class: E.NoIndexerReachableError
  },
  {
    name: "AgentDisconnectedError",
    code: "AGENT_DISCONNECTED",
    status: 503,
    retryable: true,
    Class: E.AgentDisconnectedError
  },
  { name: "NotReadyError", code: "NOT_READY", status: 503, retryable: true, Class: E.NotReadyError },
  { name: "ViewTimeoutError", code: "VIEW_TIMEOUT", status: 504, retryable: true, Class: E.ViewTimeoutError },
  { name: "StorageFullError", code: "STORAGE_FULL", status: 507, retryable: false, Class: E.StorageFullError }
]
