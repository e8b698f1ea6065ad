import type { EntryView } from "../contract/views.ts"
import { agentIdOf } from "../domain/ids.ts"
import { indent, line, plain, type Style, time } from "./text.ts"

type Payload<Type extends EntryView["type"]> = Extract<EntryView, { readonly type: Type }>["payload"]

export interface EntryTextOptions {
  /** The title of the task that a step belongs to, where that is known. */
  readonly task?: string | undefined
  /** Stands below in the place of what the entry says, as it is. */
  readonly body?: string | undefined
}

/** An entry for people: one line that says what, when and who, and where it says more, that and an empty line below it. */
export const entryText = (entry: EntryView, style: Style, { body, task }: EntryTextOptions = {}): string => {
  const below = body ?? plain(bodyOf(entry))
  return [headOf(entry, style, task), ...(below === "" ? [] : [indent(below), ""])].join("\n")
}

const headOf = (entry: EntryView, { bold, dim, yellow }: Style, task: string | undefined): string =>
  [
    entry.id,
    bold(titleOf(entry, task)),
    dim(time(entry.timestamp)),
    authorOf(entry),
    ...(entry.confirmed ? [] : [yellow("unconfirmed")])
  ].join("  ")

/** What it is, and what tells it from others of its type. */
const titleOf = (entry: EntryView, task: string | undefined): string => {
  switch (entry.type) {
    case "knowledge":
      return `knowledge ${line(entry.payload.topic)}`
    case "task":
      return `task ${stepOf(entry.payload)}: ${line(taskTitle(entry) ?? task ?? entry.refs[0] ?? "")}`
    case "skill":
      return `skill ${line(entry.payload.name)} ${line(entry.payload.version)}`
    case "message":
      if (entry.payload.kind !== undefined) return "notice"
      return entry.payload.priority === undefined || entry.payload.priority === "normal"
        ? "message"
        : `message (${entry.payload.priority})`
    case "admin":
      return adminTitle(entry.payload)
    case "invite-redeemed":
      return `invite ${short(entry.payload.invite)} used by ${agentIdOf(entry.payload.redeemed_by)}`
  }
}

/** What an entry does with its task. */
export const stepOf = (payload: Payload<"task">): string => {
  if (payload.status === "claimed") return "renew" in payload ? "renewed" : "claimed"
  if (payload.status === "complete") return "completed"
  return "title" in payload ? "made" : "released"
}

/** The title of a task by the entry that made it, undefined for every other entry. */
export const taskTitle = (entry: EntryView): string | undefined =>
  entry.type === "task" && "title" in entry.payload ? String(entry.payload.title) : undefined

const adminTitle = (payload: Payload<"admin">): string => {
  switch (payload.action) {
    case "addWriter":
      return `${payload.indexer === true ? "indexer" : "member"} ${agentIdOf(payload.key)} added`
    case "removeWriter":
      return `member ${agentIdOf(payload.key)} removed`
    case "setInfo":
      return `pact ${[infoText("name", "named", payload.name), infoText("purpose", "meant for", payload.purpose)].filter(Boolean).join(", ")}`
    case "mintInvite":
      return `invite ${short(payload.invite)} made, good until ${time(payload.expires_at)}`
    case "revokeInvite":
      return `invite ${short(payload.invite)} revoked`
  }
}

/** A field that is null was cleared, or never set. An absent one stayed. */
const infoText = (field: string, verb: string, value: string | null | undefined): string =>
  value === undefined ? "" : value === null ? `without a ${field}` : `${verb} ${line(value)}`

/** The beginning of an invite's public half: enough to know it again. */
export const short = (invite: string): string => invite.slice(0, 8)

/** A display name is a label that anybody may choose, so the id stands beside it. */
export const nameOf = ({ agent_id, display_name }: Pick<EntryView, "agent_id" | "display_name">): string =>
  display_name === null ? agent_id : `${line(display_name)} (${agent_id})`

/** Who wrote it: the member, and which of its workers where the entry says so. */
export const authorOf = (entry: EntryView): string => {
  const worker =
    entry.type === "task" && "worker" in entry.payload ? `, worker ${line(String(entry.payload.worker))}` : ""
  return `${nameOf(entry)}${worker}`
}

const bodyOf = (entry: EntryView): string => {
  switch (entry.type) {
    case "knowledge":
    case "message":
      return entry.payload.content
    case "skill":
      return "description" in entry.payload ? String(entry.payload.description) : ""
    case "task":
      if ("description" in entry.payload) return String(entry.payload.description)
      return "result" in entry.payload ? resultText(entry.payload.result) : ""
    default:
      return ""
  }
}

/** A result is any JSON: a text as it is. */
export const resultText = (result: unknown): string =>
  typeof result === "string" ? result : JSON.stringify(result, null, 2)
