import type { Entry } from "../api.ts"
import { href } from "../route.ts"
import { line, plainLine } from "../text.ts"
import { Badge, Seal, Time, Who } from "./marks.tsx"

/** What an entry says, in one line, and what kind of line that is. */
export const gist = ({
  payload,
  type
}: Pick<Entry, "payload" | "type">): { readonly kind: string; readonly text: string } => {
  const said = payload as Readonly<Record<string, unknown>>
  const text = (name: string) => (typeof said[name] === "string" ? line(said[name]) : "")
  const content = () => (typeof said["content"] === "string" ? plainLine(said["content"]) : "")
  switch (type) {
    case "knowledge":
      return { kind: "Knowledge", text: `${text("topic")}: ${content()}` }
    case "message":
      return { kind: said["kind"] === undefined ? "Message" : "Notice", text: content() }
    case "skill":
      return { kind: "Skill", text: `${text("name")} ${text("version")}` }
    case "task":
      if (typeof said["title"] === "string") return { kind: "Task", text: text("title") }
      if (said["status"] === "claimed") {
        return { kind: "Task", text: said["renew"] === true ? "Renewed a claim" : "Claimed a task" }
      }
      return { kind: "Task", text: said["status"] === "complete" ? "Completed a task" : "Gave a task back" }
    case "admin":
      return { kind: "Admin", text: adminWords[String(said["action"])] ?? "Changed the pact" }
    case "invite-redeemed":
      return { kind: "Admin", text: "An invite was redeemed" }
  }
}

const adminWords: Readonly<Record<string, string>> = {
  addWriter: "Added a member",
  removeWriter: "Removed a member",
  setInfo: "Changed the pact's name or purpose",
  mintInvite: "Made an invite",
  revokeInvite: "Revoked an invite"
}

/** The titles of the tasks among these entries, by id. */
export const titlesOf = (entries: ReadonlyArray<Entry>): ReadonlyMap<string, string> =>
  new Map(
    entries.flatMap(({ id, payload }) =>
      "title" in payload && typeof payload.title === "string" ? [[id, line(payload.title)]] : []
    )
  )

interface EntryRowProps {
  readonly entry: Entry
  /** The title of the task that it is a step of, where it is known. */
  readonly title?: string | undefined
}

/** An entry as a row of a list that leads to its trace. */
export const EntryRow = ({ entry, title }: EntryRowProps) => {
  const { kind, text } = gist(entry)
  return (
    <a class="entry-row" href={href({ screen: "trace", id: entry.id })}>
      <span class="entry-line">
        <Badge>{kind}</Badge>
        <bdi class="entry-text">{entry.type === "task" && title ? `${text}: ${title}` : text}</bdi>
      </span>
      <span class="entry-meta">
        <Who id={entry.agent_id} name={entry.display_name} />
        <Time at={entry.timestamp} />
        <Seal confirmed={entry.confirmed} />
      </span>
    </a>
  )
}
