import { Data, Predicate } from "effect"

/** 0 is done, 1 failed. The others tell scripts what to do about it. */
export const exits = {
  failed: 1,
  usage: 2,
  noDaemon: 3,
  refused: 4,
  notFound: 5,
  conflict: 6,
  timedOut: 7
} as const
export type ExitCode = (typeof exits)[keyof typeof exits]

/** What is told of a failure: its code, what happened, and a command to try, `openpact ...` or another one. */
export interface Report {
  readonly code: string
  readonly message: string
  readonly next: string | null
  readonly exit: ExitCode
}

/** A failure of the command itself. What the daemon and the home fail with has its own classes. */
export class CliFailure extends Data.TaggedError("CliFailure")<Report> {}

/** The failure has been told. All that is left is to end with its code. */
export class Ended extends Data.TaggedError("Ended")<{ readonly exit: ExitCode }> {}

/** Where it happened. */
export interface Scene {
  /** The verb, or "" before one is known. */
  readonly verb: string
  /** The path of the daemon's log. */
  readonly log: string
}

/** Makes the report of whatever a verb failed with. */
export const reportOf = (error: unknown, { log, verb }: Scene): Report => {
  const help = `openpact ${verb} --help`.replace("  ", " ")
  if (error instanceof CliFailure) return error
  if (!Predicate.isObject(error)) return bug(String(error), log)
  const message = "message" in error && typeof error.message === "string" ? error.message : String(error)
  if ("error" in error && typeof error.error === "string" && "status" in error && typeof error.status === "number") {
    return wire(error.error, error.status, message, detailsOf(error), help, log)
  }
  const tag = "_tag" in error ? error._tag : undefined
  const problem = "problem" in error ? String(error.problem).toUpperCase() : ""
  switch (tag) {
    case "NoDaemon":
      return { code: "NO_DAEMON", message, next: "openpact start", exit: exits.noDaemon }
    case "HttpClientError":
      return { code: "NO_ANSWER", message: `The daemon doesn't answer. ${message}`, next: "openpact restart", exit: exits.noDaemon }
    case "TimeoutError":
      return { code: "NO_ANSWER", message: "The daemon lives and doesn't answer.", next: "openpact restart", exit: exits.timedOut }
    case "SchemaError":
      return { code: "BAD_REQUEST", message: `That can't be sent. ${message}`, next: help, exit: exits.usage }
    case "BadAnswer":
      return { code: "BAD_ANSWER", message: `${otherVersion}\n${message}`, next: "openpact restart", exit: exits.failed }
    case "HomeError":
      return { code: `HOME_${problem}`, message, next: "openpact status", exit: exits.failed }
    case "HomeBusy":
      return { code: "HOME_BUSY", message, next: "openpact status", exit: exits.conflict }
    case "SettingError":
      return { code: "USAGE", message, next: help, exit: exits.usage }
    default:
      return bug(message, log)
  }
}

const otherVersion = "The daemon answered what this version doesn't know. They may be of two versions."

const bug = (message: string, log: string): Report => ({
  code: "INTERNAL",
  message: `${message} (this is a fault of openpact, and the log may tell more)`,
  next: `tail -n 20 ${log}`,
  exit: exits.failed
})

const detailsOf = (error: object): string =>
  "details" in error && Array.isArray(error.details)
    ? error.details
        .filter(Predicate.isObject)
        .map((fault) => `\n  ${String(fault["path"])}: expected ${String(fault["expected"])}`)
        .join("")
    : ""

const wire = (code: string, status: number, message: string, details: string, help: string, log: string): Report => ({
  code,
  // The first words of a fault are in the message already where there is but one.
  message: details.split("\n").length > 2 ? message + details : message,
  next: nexts[code] ?? (status >= 500 ? `tail -n 20 ${log}` : help),
  exit: refusals.has(code) ? exits.refused : (byStatus[status] ?? exits.failed)
})

const refusals = new Set(["NOT_A_MEMBER", "NOT_INDEXER", "NOT_CREATOR", "NOT_CLAIMER", "NOT_ASSIGNEE"])

const byStatus: Readonly<Record<number, ExitCode>> = {
  400: exits.usage,
  401: exits.refused,
  403: exits.refused,
  404: exits.notFound,
  408: exits.timedOut,
  409: exits.conflict,
  410: exits.conflict,
  413: exits.usage,
  504: exits.timedOut
}

const nexts: Readonly<Record<string, string>> = {
  UNAUTHORIZED: "openpact restart",
  FORBIDDEN_HOST: "openpact restart",
  UNKNOWN_PACT: "openpact list",
  NOT_FOUND: "openpact log",
  PACT_ALIAS_EXISTS: "openpact list",
  PACT_NOT_READY: "openpact list",
  NOT_A_MEMBER: "openpact status",
  NOT_CREATOR: "openpact status",
  NOT_INDEXER: "openpact status",
  STORAGE_FULL: "df -h",
  VIEW_TIMEOUT: "openpact status"
}
