import { Effect } from "effect"
import { Cli } from "./cli.ts"
import { nameOf } from "./entry-text.ts"
import { session } from "./session.ts"
import { line, plain, table } from "./text.ts"

/** A skill whose content was found right, and a table for people of what it is and who shared it. */
export const skillOf = Effect.fnUntraced(function* (id: string) {
  const { style } = yield* Cli
  const { client, params } = yield* session
  const skill = yield* client.skills.content({ params: { ...params, id } })
  const entry = yield* client.entries.entry({ params: { ...params, id } })
  const row = (name: string, value: string) => [style.dim(name), value]
  const shared =
    !("type" in entry) || entry.type !== "skill"
      ? []
      : [
          row("by", nameOf(entry)),
          ...(entry.payload.description === undefined ? [] : [row("about", line(entry.payload.description))])
        ]
  const about = table([
    row("id", id),
    row("name", plain(skill.name)),
    row("version", plain(skill.version)),
    row("format", skill.format),
    ...shared,
    row("checksum", skill.checksum)
  ])
  return { skill, about }
})
