import { Effect } from "effect"
import { Argument, Flag } from "effect/cli"
import { readFileSync } from "node:fs"
import { type SkillBrief } from "../../contract/skills.ts"
import { SkillFormat } from "../../domain/payloads.ts"
import { answerWritten } from "../answers.ts"
import { Cli } from "../cli.ts"
import { nameOf } from "../entry-text.ts"
import { CliFailure, exits } from "../failure.ts"
import { textFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
import { session } from "../session.ts"
import { contentOf } from "../stdin.ts"
import { refsFlag, waitFlag, waitQuery } from "../task-flags.ts"
import { verb } from "../verb.ts"

export const skillAdd = () =>
  verb(
    "add",
    {
      description:
        "Share a skill with everybody in the pact. Prints its id. What changed since takes a new version: the same one again " +
        "is the one that is there.",
      examples: [
        [
          "openpact skill add SKILL.md --name deploy --skill-version 1.0.0",
          "Everybody can read it, nobody runs it unasked"
        ],
        ["openpact skill add - --name deploy --skill-version 1.0.1 --format openclaw < SKILL.md", "From stdin"]
      ]
    },
    {
      file: Argument.String("file").pipe(Argument.withDescription("The file that holds it, UTF-8. - reads stdin.")),
      name: Flag.String("name").pipe(
        Flag.withMetavar("NAME"),
        Flag.withDescription("Letters, digits, dots, dashes and underscores: it becomes a folder's name.")
      ),
      skillVersion: Flag.String("skill-version").pipe(
        Flag.withMetavar("VERSION"),
        Flag.withDescription("Such as 1.2.0.")
      ),
      format: Flag.Literals("format", SkillFormat.literals).pipe(
        Flag.withDescription("Whom it is for. Without it, generic."),
        Flag.withDefault("generic" as const)
      ),
      description: textFlag("description", "TEXT", "What it is good for."),
      refs: refsFlag,
      wait: waitFlag
    },
    Effect.fn("skill add")(
      function* ({ description, file, format, name, refs, skillVersion: version, wait }) {
        const content = file === "-" ? yield* contentOf(file) : yield* readText(file)
        const { client, params } = yield* session
        const shared = yield* sharedBefore(name, version)
        if (shared !== null) return yield* answerShared(shared, { content, format })
        const payload = {
          name,
          version,
          format,
          content,
          ...(description === undefined ? {} : { description }),
          ...(refs.length === 0 ? {} : { refs })
        }
        yield* answerWritten(yield* client.skills.post({ params, query: waitQuery(wait), payload }))
      },
      warnRemoved,
      Effect.scoped
    ),
    "skill add"
  )

/** The newest skill of this name and version. Nothing keeps members from sharing two: it is looked at the newest thousand. */
const sharedBefore = Effect.fnUntraced(function* (name: string, version: string) {
  const { client, params } = yield* session
  const { entries } = yield* client.skills.list({ params, query: { limit: 1000 } })
  return entries.find(({ payload }) => payload.name === name && payload.version === version) ?? null
})

const answerShared = Effect.fnUntraced(function* (
  shared: typeof SkillBrief.Type,
  wanted: { readonly content: string; readonly format: string }
) {
  const { answer, command, say } = yield* Cli
  const { client, params } = yield* session
  const { id } = shared
  const { content, format, name, version } = yield* client.skills.content({ params: { ...params, id } })
  if (content === wanted.content && format === wanted.format) {
    yield* answer(yield* client.entries.entry({ params: { ...params, id } }), () => id)
    return yield* say(`It was shared before, as it is. See it: ${command(`skill show ${id}`)}`)
  }
  return yield* new CliFailure({
    code: "SKILL_VERSION_TAKEN",
    message: `There is another ${name} ${version} (${id}, by ${nameOf(shared)}). Give this one a version of its own: --skill-version`,
    next: `openpact skill show ${id}`,
    exit: exits.conflict
  })
})

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const readText = (file: string) =>
  Effect.try({
    try: () => utf8.decode(readFileSync(file)),
    catch: (cause) =>
      new CliFailure({
        code: "USAGE",
        message: `${file} can't be read: ${cause instanceof TypeError ? "it is no UTF-8 text" : reasonOf(cause)}.`,
        next: "openpact skill add --help",
        exit: exits.usage
      })
  })

const reasonOf = (cause: unknown): string => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it belongs to somebody else"
}
