// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u

import { ApiError } from "../errors.ts"

/** `BAD_REQUEST`, 400. */
export class BadRequestError extends ApiError {
  declare readonly code: "BAD_REQUEST"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `BAD_CURSOR`, 400. */
export class BadCursorError extends ApiError {
  declare readonly code: "BAD_CURSOR"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `BAD_ENTRY`, 400. */
export class BadEntryError extends ApiError {
  declare readonly code: "BAD_ENTRY"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `BAD_SKILL_NAME`, 400. */
export class BadSkillNameError extends ApiError {
  declare readonly code: "BAD_SKILL_NAME"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `SKILL_CHECKSUM_MISMATCH`, 400. */
export class SkillChecksumMismatchError extends ApiError {
  declare readonly code: "SKILL_CHECKSUM_MISMATCH"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `SKILL_CHECKSUM_MISMATCH`, 500. */
export class SkillDamagedError extends ApiError {
  declare readonly code: "SKILL_CHECKSUM_MISMATCH"
  declare readonly status: 500
  declare readonly retryable: false
}

/** `NOT_CONFIRMED`, 400. */
export class NotConfirmedError extends ApiError {
  declare readonly code: "NOT_CONFIRMED"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `INVITE_BAD_SHAPE`, 400. */
export class InviteBadShapeError extends ApiError {
  declare readonly code: "INVITE_BAD_SHAPE"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `INVITE_WRONG_PACT`, 400. */
export class InviteWrongPactError extends ApiError {
  declare readonly code: "INVITE_WRONG_PACT"
  declare readonly status: 400
  declare readonly retryable: false
}

/** `UNAUTHORIZED`, 401. */
export class UnauthorizedError extends ApiError {
  declare readonly code: "UNAUTHORIZED"
  declare readonly status: 401
  declare readonly retryable: false
}

/** `FORBIDDEN_HOST`, 403. */
export class ForbiddenHostError extends ApiError {
  declare readonly code: "FORBIDDEN_HOST"
  declare readonly status: 403
  declare readonly retryable: false
}

/** `FORBIDDEN_ORIGIN`, 403. */
export class ForbiddenOriginError extends ApiError {
  declare readonly code: "FORBIDDEN_ORIGIN"
  declare readonly status: 403
  declare readonly retryable: false
}

/** `NOT_FOUND`, 404. */
export class NotFoundError extends ApiError {
  declare readonly code: "NOT_FOUND"
  declare readonly status: 404
  declare readonly retryable: false
}

/** `UNKNOWN_PACT`, 404. */
export class UnknownPactError extends ApiError {
  declare readonly code: "UNKNOWN_PACT"
  declare readonly status: 404
  declare readonly retryable: false
}

/** `UNKNOWN_INVITE`, 404. */
export class UnknownInviteError extends ApiError {
  declare readonly code: "UNKNOWN_INVITE"
  declare readonly status: 404
  declare readonly retryable: false
}

/** `METHOD_NOT_ALLOWED`, 405. */
export class MethodNotAllowedError extends ApiError {
  declare readonly code: "METHOD_NOT_ALLOWED"
  declare readonly status: 405
  declare readonly retryable: false
}

/** `REQUEST_TIMEOUT`, 408. The same request may do later. */
export class RequestTimeoutError extends ApiError {
  declare readonly code: "REQUEST_TIMEOUT"
  declare readonly status: 408
  declare readonly retryable: true
}

/** `TASK_ALREADY_CLAIMED`, 409. */
export class TaskAlreadyClaimedError extends ApiError {
  declare readonly code: "TASK_ALREADY_CLAIMED"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `TASK_ALREADY_COMPLETE`, 409. */
export class TaskAlreadyCompleteError extends ApiError {
  declare readonly code: "TASK_ALREADY_COMPLETE"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_CLAIMER`, 409. */
export class NotClaimerError extends ApiError {
  declare readonly code: "NOT_CLAIMER"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_CLAIMED`, 409. */
export class NotClaimedError extends ApiError {
  declare readonly code: "NOT_CLAIMED"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_ASSIGNEE`, 409. */
export class NotAssigneeError extends ApiError {
  declare readonly code: "NOT_ASSIGNEE"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `STALE_CLAIM`, 409. */
export class StaleClaimError extends ApiError {
  declare readonly code: "STALE_CLAIM"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_A_MEMBER`, 409. */
export class NotAMemberError extends ApiError {
  declare readonly code: "NOT_A_MEMBER"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_INDEXER`, 409. */
export class NotIndexerError extends ApiError {
  declare readonly code: "NOT_INDEXER"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `NOT_CREATOR`, 409. */
export class NotCreatorError extends ApiError {
  declare readonly code: "NOT_CREATOR"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `LAST_INDEXER`, 409. */
export class LastIndexerError extends ApiError {
  declare readonly code: "LAST_INDEXER"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `HANDLE_TAKEN`, 409. */
export class HandleTakenError extends ApiError {
  declare readonly code: "HANDLE_TAKEN"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `PACT_NOT_READY`, 409. The same request may do later. */
export class PactNotReadyError extends ApiError {
  declare readonly code: "PACT_NOT_READY"
  declare readonly status: 409
  declare readonly retryable: true
}

/** `PACT_ALIAS_EXISTS`, 409. */
export class PactAliasExistsError extends ApiError {
  declare readonly code: "PACT_ALIAS_EXISTS"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `INVITE_NOT_INDEXER`, 409. */
export class InviteNotIndexerError extends ApiError {
  declare readonly code: "INVITE_NOT_INDEXER"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `INVITE_REVOKED`, 409. */
export class InviteRevokedError extends ApiError {
  declare readonly code: "INVITE_REVOKED"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `INVITE_SPENT`, 409. */
export class InviteSpentError extends ApiError {
  declare readonly code: "INVITE_SPENT"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `IDEMPOTENCY_CONFLICT`, 409. */
export class IdempotencyConflictError extends ApiError {
  declare readonly code: "IDEMPOTENCY_CONFLICT"
  declare readonly status: 409
  declare readonly retryable: false
}

/** `INVITE_EXPIRED`, 410. */
export class InviteExpiredError extends ApiError {
  declare readonly code: "INVITE_EXPIRED"
  declare readonly status: 410
  declare readonly retryable: false
}

/** `PAYLOAD_TOO_LARGE`, 413. */
export class PayloadTooLargeError extends ApiError {
  declare readonly code: "PAYLOAD_TOO_LARGE"
  declare readonly status: 413
  declare readonly retryable: false
}

/** `UNSUPPORTED_MEDIA_TYPE`, 415. */
export class UnsupportedMediaTypeError extends ApiError {
  declare readonly code: "UNSUPPORTED_MEDIA_TYPE"
  declare readonly status: 415
  declare readonly retryable: false
}

/** `RATE_LIMITED`, 429. The same request may do later. */
export class RateLimitedError extends ApiError {
  declare readonly code: "RATE_LIMITED"
  declare readonly status: 429
  declare readonly retryable: true
}

/** `HEADERS_TOO_LARGE`, 431. */
export class HeadersTooLargeError extends ApiError {
  declare readonly code: "HEADERS_TOO_LARGE"
  declare readonly status: 431
  declare readonly retryable: false
}

/** `INTERNAL`, 500. */
export class InternalError extends ApiError {
  declare readonly code: "INTERNAL"
  declare readonly status: 500
  declare readonly retryable: false
}

/** `NO_AGENTS`, 503. The same request may do later. */
export class NoAgentsError extends ApiError {
  declare readonly code: "NO_AGENTS"
  declare readonly status: 503
  declare readonly retryable: true
}

/** `NO_INDEXER_REACHABLE`, 503. The same request may do later. */
export class NoIndexerReachableError extends ApiError {
  declare readonly code: "NO_INDEXER_REACHABLE"
  declare readonly status: 503
  declare readonly retryable: true
}

/** `AGENT_DISCONNECTED`, 503. The same request may do later. */
export class AgentDisconnectedError extends ApiError {
  declare readonly code: "AGENT_DISCONNECTED"
  declare readonly status: 503
  declare readonly retryable: true
}

/** `NOT_READY`, 503. The same request may do later. */
export class NotReadyError extends ApiError {
  declare readonly code: "NOT_READY"
  declare readonly status: 503
  declare readonly retryable: true
}

/** `VIEW_TIMEOUT`, 504. The same request may do later. */
export class ViewTimeoutError extends ApiError {
  declare readonly code: "VIEW_TIMEOUT"
  declare readonly status: 504
  declare readonly retryable: true
}

/** `STORAGE_FULL`, 507. */
export class StorageFullError extends ApiError {
  declare readonly code: "STORAGE_FULL"
  declare readonly status: 507
  declare readonly retryable: false
}
