import { Effect } from "effect"
import { Argument } from "effect/cli"
import { SkillFormat } from "../../domain/payloads.ts"
import { Cli } from "../cli.ts"
import { nameOf } from "../entry-text.ts"
import { choiceFlag, limitFlag, switchFlag } from "../flags.ts"
import { walk } from "../pages.ts"
import { session } from "../session.ts"
import { skillOf } from "../skill-text.ts"
import { line, plain } from "../text.ts"
import { verb } from "../verb.ts"

export const skillId = Argument.String("id").pipe(
  Argument.withDescription("The id of a skill, see openpact skill list.")
)

export const skillList = () =>
  verb(
    "list",
    {
      description: "List the skills of the pact, the newest first, or those that are installed here.",
      examples: [
        ["openpact skill list --format openclaw", "Those for one kind of agent"],
        ["openpact skill list --installed", "Those on this machine, with their files"]
      ]
    },
    {
      format: choiceFlag("format", SkillFormat.literals, "Only those of this format."),
      installed: switchFlag("installed", "Those that are installed on this machine. Each file is verified."),
      limit: limitFlag(50, 100_000)
    },
    Effect.fn("skill list")(function* ({ format, installed, limit }) {
      const { answer, say, style } = yield* Cli
      const { client, params } = yield* session
      if (installed) {
        const { entries } = yield* client.skills.installed({ params })
        for (const skill of entries) {
          const { quarantined } = skill
          const state = quarantined === null ? plain(skill.path) : style.red(`set aside: ${plain(quarantined.reason)}`)
          yield* answer(skill, () => `${skill.id}  ${style.bold(line(skill.name))} ${skill.version}  ${state}`)
        }
        if (entries.length === 0) yield* say("No skill is installed here.")
        return
      }
      const { found, more } = yield* walk(limit, (page) =>
        client.skills.list({ params, query: format === undefined ? page : { ...page, format } })
      )
      for (const skill of found) {
        const { description, format, name, version } = skill.payload
        const about = description === undefined ? "" : `  ${line(description)}`
        yield* answer(
          skill,
          () => `${skill.id}  ${style.bold(line(name))} ${version}  ${format}  ${style.dim(nameOf(skill))}${about}`
        )
      }
      if (found.length === 0) yield* say("There are no such skills.")
      if (more) yield* say("There are more. See them with --limit.")
    }, Effect.scoped),
    "skill list"
  )

export const skillShow = () =>
  verb(
    "show",
    {
      description: "Show a skill with its content, after its checksum was verified.",
      examples: [
        ["openpact skill show 1a2b3c4d-512", "Read it before it is installed"],
        ["openpact skill show 1a2b3c4d-512 --json | jq -r .content > SKILL.md", "Its content as it is"]
      ]
    },
    { id: skillId },
    Effect.fn("skill show")(function* ({ id }) {
      const { answer } = yield* Cli
      const { about, skill } = yield* skillOf(id)
      yield* answer(skill, () => `${about}\n\n${plain(skill.content)}`)
    }, Effect.scoped),
    "skill show"
  )
