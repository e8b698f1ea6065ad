import type { EntryView } from "../contract/views.ts"
import { indent, line, plain, type Style, time } from "./text.ts"

/** An entry for people: one line that says what, when and who, and below it what it says. */
export const entryText = (entry: EntryView, style: Style, body: string = bodyOf(entry)): string =>
  [headOf(entry, style), ...(body === "" ? [] : [indent(plain(body))])].join("\n")

const headOf = (entry: EntryView, { bold, dim, yellow }: Style): string =>
  [
    entry.id,
    bold(titleOf(entry)),
    dim(time(entry.timestamp)),
    authorOf(entry),
    ...(entry.confirmed ? [] : [yellow("unconfirmed")])
  ].join("  ")

/** The type, and what tells entries of that type apart. */
const titleOf = (entry: EntryView): string => {
  switch (entry.type) {
    case "knowledge":
      return `knowledge ${line(entry.payload.topic)}`
    case "task":
      return "title" in entry.payload ? `task ${line(String(entry.payload.title))}` : "task"
    case "skill":
      return `skill ${line(entry.payload.name)}`
    case "message":
      if (entry.payload.kind !== undefined) return "notice"
      return entry.payload.priority === undefined || entry.payload.priority === "normal"
        ? "message"
        : `message (${entry.payload.priority})`
    default:
      return entry.type
  }
}

/** A display name is a label that anybody may choose, so the id stands beside it. */
export const authorOf = ({ agent_id, display_name }: Pick<EntryView, "agent_id" | "display_name">): string =>
  display_name === null ? agent_id : `${line(display_name)} (${agent_id})`

const bodyOf = (entry: EntryView): string => {
  switch (entry.type) {
    case "knowledge":
    case "message":
      return entry.payload.content
    case "skill":
      return "description" in entry.payload ? String(entry.payload.description) : ""
    default:
      return JSON.stringify(entry.payload)
  }
}
