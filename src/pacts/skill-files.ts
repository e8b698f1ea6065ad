import { Clock, Effect, FileSystem, Option, Schema, Semaphore } from "effect"
import { lstatSync, readdirSync, readFileSync, realpathSync, rmdirSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { BadSkillName, type StorageFull } from "../domain/errors.ts"
import { EntryId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { SkillChecksum, SkillFormat, SkillName, SkillPayload, Timestamp } from "../domain/payloads.ts"
import { skillChecksumOf } from "../engine/crypto.ts"
import { HomeError } from "../home/errors.ts"
import { cannotWrite, replaceFile, setAside, syncFolder } from "../home/files.ts"
import { jsonFile } from "../home/json-file.ts"
import type { PactLocations } from "../home/locations.ts"

const Quarantine = Schema.Struct({ at: Timestamp, reason: Schema.String, path: Schema.NullOr(Schema.String) })

/** `replaces` is the checksum of the file that is being replaced: after a kill either of the two may be there. */
const Installed = Schema.Struct({
  id: EntryId,
  name: SkillName,
  version: SkillPayload.schema.fields.version,
  format: SkillFormat,
  checksum: SkillChecksum,
  installed_at: Timestamp,
  replaces: Schema.optionalKey(SkillChecksum),
  quarantined: Schema.NullOr(Quarantine)
})
type Installed = typeof Installed.Type

/** A skill on this machine. `path` is its file. */
export type InstalledSkill = Omit<Installed, "replaces"> & { readonly path: string }

const recordFile = jsonFile(1, Schema.Struct({ version: Schema.Literal(1), skills: Schema.Array(Installed) }))

export interface Skill extends Pick<Installed, "id" | "name" | "version" | "format" | "checksum"> {
  readonly content: string
}

type Failure = HomeError | StorageFull

/** The skills that this machine's user approved: `skills/<name>/SKILL.md` in the pact's folder. Nothing is ever run. */
export interface SkillFiles {
  /** Verifies every file. One that is not what was installed is set aside, and says so from then on. */
  readonly list: Effect.Effect<ReadonlyArray<InstalledSkill>, Failure>
  /** Writes a skill whose checksum was verified. One of the same name is replaced, as one step. */
  readonly install: (skill: Skill) => Effect.Effect<InstalledSkill, Failure | BadSkillName>
  /** Files that somebody else put into the skill's folder stay. */
  readonly uninstall: (name: string) => Effect.Effect<void, Failure | BadSkillName>
}

const file = "SKILL.md"
const isName = Schema.is(SkillName)

/** @param places of one pact. It is open, so nobody else changes them. */
export const makeSkillFiles = Effect.fnUntraced(function* ({ folder, installedSkills, skills }: PactLocations) {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  const fs = yield* FileSystem.FileSystem
  const lock = yield* Semaphore.make(1)
  const pathOf = (name: string) => join(skills, name, file)
  const shown = ({ replaces: _replaces, ...skill }: Installed): InstalledSkill => ({
    ...skill,
    path: pathOf(skill.name)
  })

  const read = Effect.gen(function* () {
    const content = yield* recordFile
      .read(installedSkills)
      .pipe(
        Effect.catchTag("HomeError", (error) =>
          error.problem === "invalid"
            ? Effect.flatMap(setAside(installedSkills), (aside) =>
                Effect.as(Effect.logWarning(`${error.message} It is kept as ${aside}.`), Option.none())
              )
            : Effect.fail(error)
        )
      )
    return Option.match(content, { onNone: () => [], onSome: ({ value }) => value.skills })
  })
  const write = (all: ReadonlyArray<Installed>) => recordFile.write(installedSkills, { version: 1, skills: all })
  const put = (all: ReadonlyArray<Installed>, skill: Installed) =>
    write([...all.filter(({ name }) => name !== skill.name), skill])

  /** Makes sure that what is written as `skills/<name>` ends up there and nowhere else. */
  const confined = (name: string) =>
    Effect.suspend(() => {
      if (!isName(name)) return refused(name, "is no safe file name")
      const roots = realKind(skills)
      if (roots === "other" || (roots === "folder" && realpathSync(skills) !== join(realpathSync(folder), "skills")))
        return refused(name, `can't be written: ${skills} is no folder but leads elsewhere. Remove it first`)
      const same = roots === "none" ? [] : readdirSync(skills).filter((other) => folded(other) === folded(name))
      const other = same.find((there) => there !== name)
      if (other !== undefined)
        return refused(name, `differs from ${JSON.stringify(other)}, which is there already, only in its case`)
      return realKind(join(skills, name)) === "other"
        ? refused(name, `can't be written: ${join(skills, name)} is no folder but leads elsewhere. Remove it first`)
        : Effect.void
    })

  const install = Effect.fnUntraced(function* ({ content, ...skill }: Skill) {
    yield* confined(skill.name)
    const all = yield* read
    const twin = all.find(({ name }) => name !== skill.name && folded(name) === folded(skill.name))
    if (twin !== undefined)
      return yield* refused(skill.name, `differs from the installed ${JSON.stringify(twin.name)} only in its case`)
    const old = all.find(({ name }) => name === skill.name)
    const record: Installed = { ...skill, installed_at: yield* Clock.currentTimeMillis, quarantined: null }
    yield* put(all, old === undefined ? record : { ...record, replaces: old.checksum })
    yield* fs.makeDirectory(join(skills, skill.name), { recursive: true, mode: 0o700 }).pipe(
      Effect.andThen(syncFolder(skills)),
      Effect.mapError((error) => cannotWrite(skills, error)),
      Effect.andThen(replaceFile(pathOf(skill.name), Buffer.from(content))),
      // It is not there, so nobody is told that it is, or that its file was changed.
      Effect.tapError(() => Effect.ignore(write(all)))
    )
    if (old !== undefined) yield* put(all, record)
    return shown(record)
  })

  const uninstall = Effect.fnUntraced(function* (name: string) {
    yield* confined(name)
    const all = yield* read
    yield* Effect.try({
      try: () => {
        unlessMissing(() => unlinkSync(pathOf(name)))
        unlessMissing(() => rmdirSync(join(skills, name)), "ENOTEMPTY")
      },
      catch: (cause) => unwritable(pathOf(name), cause)
    })
    yield* write(all.filter((other) => other.name !== name))
  })

  const verify = Effect.fnUntraced(function* (skill: Installed) {
    const reason = skill.quarantined === null ? faultOf(skills, skill) : null
    if (reason === null) return skill
    const at = yield* Clock.currentTimeMillis
    const place = join(skills, ".quarantine")
    const to = join(place, `${skill.name}-${at}`)
    const movable =
      realKind(skills) === "folder" && existsAtAll(join(skills, skill.name)) && realKind(place) !== "other"
    if (movable) {
      yield* fs.makeDirectory(place, { recursive: true, mode: 0o700 }).pipe(
        Effect.andThen(fs.rename(join(skills, skill.name), to)),
        Effect.andThen(syncFolder(skills)),
        Effect.mapError((error) => cannotWrite(skills, error))
      )
    }
    yield* Effect.logError(`The installed skill ${skill.name} (${skill.id}) is set aside: ${reason}`)
    return { ...skill, quarantined: { at, reason, path: movable ? to : null } }
  })

  const list = Effect.gen(function* () {
    const before = yield* read
    const after = yield* Effect.forEach(before, verify)
    if (after.some((skill, i) => skill !== before[i])) yield* write(after)
    return after.map(shown)
  })

  const alone = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem>) =>
    effect.pipe(Effect.uninterruptible, lock.withPermit, Effect.provideContext(context))
  const files: SkillFiles = {
    list: alone(list),
    install: (skill) => alone(install(skill)),
    uninstall: (name) => alone(uninstall(name))
  }
  return files
})

/** Why a file is not what was installed, or null. */
const faultOf = (skills: string, { checksum, name, replaces }: Installed): string | null => {
  const path = join(skills, name, file)
  if (realKind(skills) !== "folder" || realKind(join(skills, name)) !== "folder") return `${path} is missing.`
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return `${path} is missing.`
  if (!stat.isFile() || stat.size > limits.entryBytes) return `${path} is not the file that was written.`
  const found = skillChecksumOf(readFileSync(path, "utf8"))
  return found === checksum || found === replaces ? null : `${path} was changed: it fails its checksum.`
}

/** What stands at a path, without following a link. */
const realKind = (path: string): "none" | "folder" | "other" => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat === undefined ? "none" : stat.isDirectory() ? "folder" : "other"
}
const existsAtAll = (path: string): boolean => realKind(path) !== "none"

/** Names that some file systems take for one. */
const folded = (name: string): string => name.normalize("NFC").toLowerCase()

const refused = (name: string, why: string) =>
  Effect.fail(new BadSkillName({ message: `The skill name ${JSON.stringify(name)} ${why}.` }))

const unlessMissing = (act: () => void, ...more: ReadonlyArray<string>): void => {
  try {
    act()
  } catch (error) {
    if (!["ENOENT", ...more].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}

const unwritable = (path: string, cause: unknown) =>
  new HomeError({
    problem: "unwritable",
    path,
    message: `${path} can't be removed: ${cause instanceof Error ? cause.message : String(cause)}`
  })
