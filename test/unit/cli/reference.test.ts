import { Effect } from "effect"
import { expect, it } from "vitest"
import { daemonFlags, daemonSettings as known } from "../../../src/cli/daemon-flags.ts"
import { verbNames as names, verbs } from "../../../src/cli/verbs.ts"
import { daemonSettings } from "../../../src/home/daemon-settings.ts"
import { settingTable } from "../../../src/home/setting-table.ts"
import { cliReference, helpOf, pathsOf } from "../../kit/cli-reference.ts"

it("docs/cli.md is what the command says of itself", async () => {
  await expect(await Effect.runPromise(cliReference)).toMatchFileSnapshot("../../../docs/cli.md")
})

it("holds every verb, each once", () => {
  expect(names.toSorted()).toEqual(Object.keys(verbs).toSorted())
  expect(names.toSorted()).toEqual(
    (
      "add-member agents bootstrap completions dashboard hook init install invite join knowledge leave list log mcp " +
      "message messages promote record remove remove-member rename restart search show skill start status stop switch " +
      "task token uninstall up"
    ).split(" ")
  )
})

it.each(names)("%s --help says what it does, with an example that begins as it is typed", async (name) => {
  for (const path of await Effect.runPromise(pathsOf(name))) {
    const { description, examples = [] } = await Effect.runPromise(helpOf(path))
    expect(description).toMatch(/^[A-Z].*\.$/s)
    expect(examples.length).toBeGreaterThan(0)
    for (const { command, description: what } of examples) {
      expect(command).toContain(`openpact ${path.join(" ")}`)
      expect(what).toBeTruthy()
    }
  }
})

it("every flag of every verb says what it is, and names its variable if it is a setting", async () => {
  const paths = await Effect.runPromise(Effect.forEach(names, pathsOf))
  const docs = await Effect.runPromise(Effect.forEach([[], ...paths.flat()], helpOf))
  // The name of a pact is a setting, that of a skill is none. So is where a daemon listens, and not where bootstrap does.
  const settings = Object.values(settingTable).filter(({ flag }) => flag !== "name" && flag !== "host")
  for (const { aliases, description, name } of docs.flatMap(({ flags }) => flags)) {
    const text = description._tag === "Some" ? description.value : ""
    expect(text, name).toMatch(/\S{3}/)
    const setting = settings.find(({ flag }) => flag === name)
    if (setting !== undefined) expect(text).toContain(`[${setting.env}]`)
    expect(aliases.every((alias) => /^-[a-z]$/.test(alias))).toBe(true)
  }
})

it("start takes every setting that a daemon goes by", async () => {
  const { flags } = await Effect.runPromise(helpOf([]))
  const everywhere = new Set(flags.map(({ name }) => name))
  const own = Object.keys(daemonFlags())
  expect(known.toSorted()).toEqual(daemonSettings.toSorted())
  for (const name of daemonSettings) {
    const { flag } = settingTable[name]
    expect(own.includes(name) || (flag !== null && everywhere.has(flag)), name).toBe(true)
  }
})
