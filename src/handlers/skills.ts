import { Effect, Schema } from "effect"
import { skills } from "../contract/skills.ts"
import type { EntryOf } from "../domain/entry.ts"
import { BadSkillName, NotConfirmed, NotFound, SkillChecksumMismatch, SkillDamaged } from "../domain/errors.ts"
import { SkillName } from "../domain/payloads.ts"
import { skillChecksumOf } from "../engine/crypto.ts"
import { handle } from "../http/handlers.ts"
import type { Pact } from "../pacts/Pact.ts"
import { Pacts } from "../pacts/Pacts.ts"
import { refusalError } from "../pacts/refusals.ts"
import { listOf, query as run, told, writeOnce, writtenJson, unconfirmed } from "./serve.ts"

export const skillHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(skills, {
    list: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      return yield* listOf("skills", read, query, () => read.skills(query, query))
    }),
    post: Effect.fnUntraced(function* ({ params, payload: { refs, ...payload }, query }) {
      const pact = yield* pacts.find(params.pactId)
      if (!isSkillName(payload.name)) return yield* badName(payload.name)
      const checksum = skillChecksumOf(payload.content)
      if (payload.checksum !== undefined && payload.checksum !== checksum)
        return yield* refusalError("SKILL_CHECKSUM_MISMATCH") as SkillChecksumMismatch
      return writtenJson(yield* writeOnce(pact, { type: "skill", payload: { ...payload, checksum }, refs }, query))
    }),
    installed: Effect.fnUntraced(function* ({ params }) {
      const pact = yield* pacts.find(params.pactId)
      return { entries: yield* pact.skills.list.pipe(Effect.catchTag("HomeError", told)) }
    }),
    content: Effect.fnUntraced(function* ({ params: { id, pactId } }) {
      return yield* verified(yield* pacts.find(pactId), id)
    }),
    install: Effect.fnUntraced(function* ({ params: { id, pactId }, payload: { confirm } }) {
      const pact = yield* pacts.find(pactId)
      if (confirm !== true) return yield* unconfirmed("Installing a skill")
      const skill = yield* verified(pact, id)
      return yield* pact.skills.install(skill).pipe(Effect.catchTag("HomeError", told))
    }),
    uninstall: Effect.fnUntraced(function* ({ params: { id, pactId }, payload: { confirm } }) {
      const pact = yield* pacts.find(pactId)
      const installed = yield* pact.skills.list.pipe(Effect.catchTag("HomeError", told))
      const skill = installed.find((other) => other.id === id)
      if (skill === undefined) return yield* new NotFound({ message: `The skill ${id} is not installed here.` })
      if (confirm !== skill.name)
        return yield* new NotConfirmed({
          message: `To uninstall this skill, send its name: "confirm": "${skill.name}".`
        })
      yield* pact.skills.uninstall(skill.name).pipe(Effect.catchTag("HomeError", told))
      return skill
    })
  })
})

const isSkillName = Schema.is(SkillName)

const badName = (name: string) =>
  new BadSkillName({
    message: `${JSON.stringify(name)} is no safe file name. Use letters, digits, dots, dashes and underscores, with a letter or digit at both ends.`
  })

/** A skill of the pact, once its stored bytes have been found right. */
const verified = Effect.fnUntraced(function* (pact: Pact, id: string) {
  const found = yield* run(() => pact.read.entry(id))
  const entry = found?.accepted === true ? (JSON.parse(`${found.body}}`) as EntryOf<"skill">) : null
  if (entry?.type !== "skill") return yield* new NotFound({ message: `This pact holds no skill ${id}.` })
  const { checksum, content, format, name, version } = entry.payload
  if (skillChecksumOf(content) === checksum) return { id, name, version, format, checksum, content }
  yield* Effect.logError(`The skill ${name} (${id}) fails its checksum, so it is not given out.`)
  return yield* new SkillDamaged({
    message: `The skill ${name} (${id}) is damaged on this machine: its content fails its checksum, so it is not given out. Stop the daemon, delete the index.db of the pact and start it: it is made anew.`
  })
})
