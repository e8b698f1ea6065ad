import { Effect } from "effect"
import { Argument, Prompt } from "effect/cli"
import { ask } from "../ask.ts"
import { Cli } from "../cli.ts"
import { CliFailure, exits } from "../failure.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { skillOf } from "../skill-text.ts"
import { line } from "../text.ts"
import { verb } from "../verb.ts"
import { skillId } from "./skill-list.ts"

const yes = switchFlag("yes", "Don't ask.")

export const skillInstall = () =>
  verb(
    "install",
    {
      description: "Write a skill to the pact's skills folder on this machine. Nothing is run.",
      examples: [
        ["openpact skill install 1a2b3c4d-512", "Asks first. Read it before: openpact skill show 1a2b3c4d-512"],
        ["openpact skill install 1a2b3c4d-512 --yes", "For scripts"]
      ]
    },
    { id: skillId, yes },
    Effect.fn("skill install")(function* ({ id, yes }) {
      const { answer, command, interactive, say } = yield* Cli
      const { client, params } = yield* session
      const { about, skill } = yield* skillOf(id)
      const { entries } = yield* client.skills.installed({ params })
      const old = entries.find(({ name }) => name === skill.name)
      const instead = old === undefined ? "" : ` in place of ${old.version} (${old.id})`
      if (!yes && interactive) yield* say(`${about}\nRead it before: ${command(`skill show ${id}`)}\n`)
      yield* sure(yes, `Install ${line(skill.name)} ${skill.version}${instead}`, `skill install ${id}`)
      const installed = yield* client.skills.install({ params: { ...params, id }, payload: { confirm: true } })
      yield* answer(installed, () => installed.path)
    }, Effect.scoped),
    "skill install"
  )

export const skillUninstall = () =>
  verb(
    "uninstall",
    {
      description: "Take an installed skill off this machine. The pact keeps it.",
      examples: [["openpact skill uninstall deploy", "By the name that skill list --installed prints"]]
    },
    {
      name: Argument.String("name").pipe(Argument.withDescription("The name of an installed skill.")),
      yes
    },
    Effect.fn("skill uninstall")(function* ({ name, yes }) {
      const { answer } = yield* Cli
      const { client, params } = yield* session
      const { entries } = yield* client.skills.installed({ params })
      const skill = entries.find((other) => other.name === name)
      if (skill === undefined) {
        return yield* new CliFailure({
          code: "NOT_FOUND",
          message: `No skill ${JSON.stringify(name)} is installed here.`,
          next: "openpact skill list --installed",
          exit: exits.notFound
        })
      }
      yield* sure(yes, `Uninstall ${line(name)} ${skill.version}`, `skill uninstall ${name}`)
      const gone = yield* client.skills.uninstall({ params: { ...params, id: skill.id }, payload: { confirm: name } })
      yield* answer(gone, () => `${name} is not installed any more.`)
    }, Effect.scoped),
    "skill uninstall"
  )

const sure = Effect.fnUntraced(function* (yes: boolean, message: string, command: string) {
  const { interactive } = yield* Cli
  if (yes || (interactive && (yield* ask(Prompt.Confirm({ message, initial: false }))))) return
  return yield* new CliFailure({
    code: "NOT_CONFIRMED",
    message: interactive ? "Nothing was changed." : "Nothing was changed. Nobody is here to confirm it.",
    next: `openpact ${command} --yes`,
    exit: exits.usage
  })
})
