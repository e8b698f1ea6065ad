import {
  type Skill,
  SkillCatalogError,
  skillEntry,
  SkillsExtension,
  type SkillSource
} from "@modelcontextprotocol/server/ext/skills"
import { type Client, type InstalledSkill, OpenPactError, type Pact } from "../sdk/promise/browser.ts"
import { isAbsent } from "./absent.ts"
import { quoteEntry } from "./quote.ts"
import { skillMarkdown, toolsJson } from "./skill-package.ts"

/** A skill and its files, by their paths in it. */
interface Served {
  readonly skill: Skill
  readonly files: Readonly<Record<string, string>>
}

/**
 * The skills extension: how to use OpenPact, and the skills of the current pact that the user of this machine installed.
 * Hosts take what comes this way for instructions. So what a member shared comes as data until a person approved it.
 */
export const skillsOf = (client: Client): SkillsExtension => {
  const source: SkillSource = {
    list: async (_, { mcpReq: { signal } }) => ({
      skills: [(await own()).skill, ...(await installedIn(client.pact(), signal)).map(({ skill }) => skill)]
    }),
    get: async (uri, { mcpReq: { signal } }) =>
      (await whoseFile(client, uri, signal)).find(({ skill }) => skill.uri === uri)?.skill,
    read: async (uri, { mcpReq: { signal } }) => {
      for (const { files, skill } of await whoseFile(client, uri, signal)) {
        const folder = skill.uri.slice(0, -manifest.length)
        const text = uri.startsWith(folder) ? files[uri.slice(folder.length)] : undefined
        if (text !== undefined) return { text, mimeType: uri.endsWith(".json") ? "application/json" : "text/markdown" }
      }
      return undefined
    }
  }
  // What doesn't fit the format is left out below, and stdout and stderr are not for this.
  return new SkillsExtension({ source, onWarning: () => {} })
}

const manifest = "SKILL.md"
const base = "skill://"
const place = "installed"

/** The skills among which the one with this file is. */
const whoseFile = (client: Client, uri: string, signal: AbortSignal): Promise<ReadonlyArray<Served>> =>
  uri.startsWith(`${base}${place}/`) ? installedIn(client.pact(), signal) : own().then((served) => [served])

const served = async (path: string, files: Readonly<Record<string, string>>): Promise<Served> => ({
  skill: await skillEntry(path, files),
  files
})

let ownOnce: Promise<Served> | undefined
const own = () => (ownOnce ??= served("openpact", { [manifest]: skillMarkdown(), "tools.json": toolsJson() }))

/** Those that can be read. One whose file was changed on the disk was set aside, and nobody approved it as it is. */
const installedIn = async (pact: Pact, signal: AbortSignal): Promise<ReadonlyArray<Served>> => {
  try {
    const { entries } = await pact.skills.installed({ signal })
    const all = await Promise.all(
      entries.filter(({ quarantined }) => quarantined === null).map((one) => installed(pact, one, signal))
    )
    return all.filter((one) => one !== null)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

const installed = async (
  pact: Pact,
  { id, name, version }: InstalledSkill,
  signal: AbortSignal
): Promise<Served | null> => {
  try {
    const [entry, { content }] = await Promise.all([
      pact.entries.entry(id, { signal }),
      pact.skills.content(id, { signal })
    ])
    if (!entry.verdict.accepted || !("type" in entry) || entry.type !== "skill") return null
    const { author } = quoteEntry(entry)
    const slug = slugOf(name)
    const head = {
      name: slug,
      description: [...(entry.payload.description?.trim() || name)].slice(0, longest).join(""),
      metadata: { author, version, openpact: id }
    }
    const lines = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    const text = ["---", ...lines, "---", "", content]
    return await served(`${place}/${id}/${slug}`, { [manifest]: text.join("\n") })
  } catch (error) {
    if (isUnfit(error)) return null
    throw error
  }
}

/** It is damaged, or nothing that the format takes: the others are served all the same. */
const isUnfit = (error: unknown): boolean =>
  error instanceof SkillCatalogError ||
  (error instanceof OpenPactError && (error.code === "SKILL_DAMAGED" || error.code === "NOT_FOUND"))

/** The longest description that skills may have. */
const longest = 1024

/** What a skill may be called: lower-case letters, digits and single dashes, at most 64. */
const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, "") || "skill"
