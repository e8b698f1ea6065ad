import { Data, Predicate, SchemaIssue } from "effect"
import { quoted } from "./cli.ts"
import { faultsText } from "./faults.ts"

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
  /** True to tell the stack of what nobody expected. */
  readonly stack?: boolean
}

/** Makes the report of whatever a verb failed with. */
export const reportOf = (error: unknown, scene: Scene): Report => {
  if (error instanceof CliFailure) return error
  if (!Predicate.isObject(error)) return bug(String(error), scene)
  const message = "message" in error && typeof error.message === "string" ? error.message : String(error)
  const report =
    "error" in error && typeof error.error === "string" && "status" in error && typeof error.status === "number"
      ? wire(error.error, error.status, message + detailsOf(error), scene)
      : local(error, message, scene)
  return report ?? bug(scene.stack && error instanceof Error ? (error.stack ?? message) : message, scene)
}

/** A message may name what to do about it: `Start it: openpact start`. Then that is what to try. */
const named = (message: string): string | undefined =>
  /: ((?:openpact|chmod) [^\n]*?)(?:\.?$|\.?\n| \()/.exec(message)?.[1]

const helpOf = ({ verb }: Scene): string => (verb === "" ? "openpact --help" : `openpact ${verb} --help`)
const logOf = ({ log }: Scene): string => `tail -n 20 ${quoted(log)}`

/** What can go wrong on this side of the API. */
const local = (error: object, message: string, scene: Scene): Report | undefined => {
  const told = (code: string, exit: ExitCode, next: string, text = message): Report => ({
    code,
    message: text,
    next: named(text) ?? next,
    exit
  })
  switch ("_tag" in error ? error._tag : undefined) {
    case "NoDaemon":
      return told("NO_DAEMON", exits.noDaemon, "openpact start")
    case "HttpClientError":
      return told("NO_ANSWER", exits.noDaemon, "openpact restart", `The daemon doesn't answer. ${message}`)
    case "TimeoutError":
      return told("NO_ANSWER", exits.timedOut, "openpact restart", "The daemon lives and doesn't answer.")
    case "SchemaError":
      return told("BAD_REQUEST", exits.usage, helpOf(scene), faultsIn(error) ?? message)
    case "BadAnswer":
      return told("BAD_ANSWER", exits.failed, "openpact restart", `${otherVersion}\n${message}`)
    case "HomeError":
      return told(
        homeCode(error),
        exits.failed,
        "path" in error ? `ls -ld ${quoted(String(error.path))}` : logOf(scene)
      )
    case "HomeBusy":
      return told("HOME_BUSY", exits.conflict, "openpact status")
    case "SettingError":
      return told("USAGE", exits.usage, helpOf(scene))
    default:
      return undefined
  }
}

const faultsIn = (error: object): string | undefined =>
  "issue" in error && SchemaIssue.isIssue(error.issue) ? faultsText(error.issue) : undefined

const homeCode = (error: object): string => `HOME_${"problem" in error ? String(error.problem).toUpperCase() : "ERROR"}`

const otherVersion = "The daemon answered what this version doesn't know. They may be of two versions."

const bug = (message: string, scene: Scene): Report => ({
  code: "INTERNAL",
  message: `${message} (this is a fault of openpact, and the log may tell more)`,
  next: logOf(scene),
  exit: exits.failed
})

/** The fields at fault where there are several: of a single one the message speaks itself. */
const detailsOf = (error: object): string => {
  const faults = "details" in error && Array.isArray(error.details) ? error.details.filter(Predicate.isObject) : []
  return faults.length < 2
    ? ""
    : faults.map((fault) => `\n  ${String(fault["path"])}: expected ${String(fault["expected"])}`).join("")
}

const wire = (code: string, status: number, message: string, scene: Scene): Report => ({
  code,
  message,
  next:
    named(message) ??
    (scene.verb === "invite" ? invites[code] : undefined) ??
    (code === "NOT_FOUND" ? lists[scene.verb.split(" ")[0] ?? ""] : undefined) ??
    nexts[code] ??
    (status >= 500 ? logOf(scene) : helpOf(scene)),
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

/** Whoever manages invites looks at them. Who was invited has none to look at. */
const invites: Readonly<Record<string, string>> = {
  UNKNOWN_INVITE: "openpact invite --list",
  INVITE_SPENT: "openpact invite --list",
  INVITE_REVOKED: "openpact invite --list"
}

/** Where the ids are that a verb takes. */
const lists: Readonly<Record<string, string>> = {
  task: "openpact task list",
  skill: "openpact skill list",
  message: "openpact messages",
  messages: "openpact messages"
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
  LAST_INDEXER: "openpact agents",
  HANDLE_TAKEN: "openpact agents",
  TASK_ALREADY_CLAIMED: "openpact task list --status open",
  TASK_ALREADY_COMPLETE: "openpact task list --status open",
  NOT_ASSIGNEE: "openpact task list --status open",
  NOT_CLAIMER: "openpact task list --mine",
  NOT_CLAIMED: "openpact task list --mine",
  STALE_CLAIM: "openpact task list --mine",
  STORAGE_FULL: "df -h",
  VIEW_TIMEOUT: "openpact status"
}
