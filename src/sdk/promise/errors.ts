/** One field at fault: where it stands in the request and what was expected there. */
export interface FieldFault {
  readonly path: string
  readonly expected: string
}

interface Fault {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly cause?: unknown
}

/** Every failure of this client but an abort. No message, field or print of one holds a secret. */
export abstract class OpenPactError extends Error {
  /** The wire code, or for failures on this side `NO_DAEMON`, `HOME_UNUSABLE`, `CONNECTION_FAILED`, `TIMEOUT`, `BAD_ANSWER`. */
  readonly code: string
  /** True where the very same request may do later. */
  readonly retryable: boolean

  constructor({ cause, code, message, name, retryable }: Fault) {
    super(message, cause === undefined ? undefined : { cause })
    // By hand: bundlers rename classes, and an enumerable name would be printed twice.
    Object.defineProperty(this, "name", { value: name, configurable: true })
    this.code = code
    this.retryable = retryable
  }

  toJSON(): object {
    const { message, name, ...fields } = this
    return { name, message, ...fields }
  }
}

/** What a class of errors stands for on the wire. */
export interface ErrorEntry {
  readonly name: string
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly Class: new (fault: ApiFault) => ApiError
}

export interface ApiFault extends Fault {
  readonly status: number
  readonly details?: ReadonlyArray<FieldFault> | undefined
  readonly retryAfter?: number | undefined
}

/** The daemon refused. Each wire code has a class of its own; a code that this version doesn't know is of this one. */
export class ApiError extends OpenPactError {
  /** The HTTP status. */
  readonly status: number
  /** The fields at fault, where the daemon named some. */
  declare readonly details?: ReadonlyArray<FieldFault>
  /** How long to wait before the next request, ms, where the daemon said so. */
  declare readonly retryAfter?: number

  constructor(fault: ApiFault) {
    super(fault)
    this.status = fault.status
    if (fault.details !== undefined) this.details = fault.details
    if (fault.retryAfter !== undefined) this.retryAfter = fault.retryAfter
  }
}

/** No daemon runs on this home. */
export class NoDaemonError extends OpenPactError {
  declare readonly code: "NO_DAEMON"
  /** `starting` passes by itself. */
  readonly reason: "absent" | "stopped" | "died" | "starting"
  readonly home: string

  constructor(reason: NoDaemonError["reason"], home: string, message: string) {
    super({ name: "NoDaemonError", code: "NO_DAEMON", message, retryable: reason === "starting" })
    this.reason = reason
    this.home = home
  }
}

/** What daemon.json of this home holds can't be used, or others can read or change it. */
export class HomeError extends OpenPactError {
  declare readonly code: "HOME_UNUSABLE"
  readonly path: string

  constructor(path: string, message: string) {
    super({ name: "HomeError", code: "HOME_UNUSABLE", message, retryable: false })
    this.path = path
  }
}

/** Nobody answered, or the connection broke before the answer was whole. */
export class ConnectionError extends OpenPactError {
  declare readonly code: "CONNECTION_FAILED"
  /** True where the request was never sent. Otherwise it may have been done. */
  readonly unsent: boolean

  constructor(message: string, unsent: boolean, cause?: unknown) {
    super({ name: "ConnectionError", code: "CONNECTION_FAILED", message, retryable: true, cause })
    this.unsent = unsent
  }
}

/** There was no answer in time. What was asked may have been done. */
export class TimeoutError extends OpenPactError {
  declare readonly code: "TIMEOUT"

  constructor(message: string) {
    super({ name: "TimeoutError", code: "TIMEOUT", message, retryable: true })
  }
}

/** What answered speaks another language than a daemon of this version. */
export class BadAnswerError extends OpenPactError {
  declare readonly code: "BAD_ANSWER"
  readonly status: number

  constructor(message: string, status: number) {
    super({ name: "BadAnswerError", code: "BAD_ANSWER", message, retryable: false })
    this.status = status
  }
}

/** What was given can't be asked. Told apart from the `TypeError` that a fault in a program is. */
export class ArgumentError extends TypeError {}
