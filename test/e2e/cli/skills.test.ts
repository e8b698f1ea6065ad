import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
  await command.run(["init", "--name", "Skills"])
})
afterAll(() => command.close())

const run = (...args: ReadonlyArray<string>) => command.run(["skill", ...args])
const named = ["--name", "deploy", "--skill-version", "1.0.0"]

it("shares, lists, shows, installs and uninstalls", async () => {
  const content = "# Deploy\n\nÜber alles\n"
  writeFileSync(join(command.folder, "SKILL.md"), content)
  const { stdout } = await run("add", "SKILL.md", ...named, "--format", "openclaw", "--description", "How to deploy")
  const id = stdout.trim()
  expect((await run("list", "--json")).json).toEqual([
    expect.objectContaining({ id, payload: expect.objectContaining({ name: "deploy", format: "openclaw" }) })
  ])
  expect((await run("list", "--format", "generic", "--json")).json).toEqual([])
  expect((await run("show", id, "--json")).json[0]).toMatchObject({ id, content })
  expect((await run("show", id)).stdout).toContain("Über alles")

  expect(await run("install", id)).toMatchObject({ code: 2, stderr: expect.stringContaining("NOT_CONFIRMED") })
  const file = join(command.home, "pacts/skills/skills/deploy/SKILL.md")
  expect(existsSync(file)).toBe(false)
  expect(await run("install", id, "--yes")).toMatchObject({ code: 0, stdout: `${file}\n` })
  expect(readFileSync(file, "utf8")).toBe(content)

  writeFileSync(file, "changed")
  expect((await run("list", "--installed")).stdout).toContain("set aside")
  expect(existsSync(file)).toBe(false)
  expect(await run("install", id, "--yes")).toMatchObject({ code: 0 })
  expect((await run("list", "--installed", "--json")).json[0]).toMatchObject({ id, quarantined: null, path: file })
  expect(await run("uninstall", "deploy")).toMatchObject({ code: 2 })
  expect(await run("uninstall", "deploy", "--yes")).toMatchObject({ code: 0 })
  expect(await run("uninstall", "deploy", "--yes")).toMatchObject({ code: 5 })
  expect(existsSync(file)).toBe(false)
}, 60_000)

it("shares a version once, and another content under a version of its own", async () => {
  const add = (version: string, input: string) =>
    command.run(["skill", "add", "-", "--name", "twice", "--skill-version", version], { input })
  const first = await add("1.0.0", "one")
  const again = await add("1.0.0", "one")
  expect(again).toMatchObject({ code: 0, stdout: first.stdout, stderr: expect.stringContaining("shared before") })
  expect(await add("1.0.0", "two")).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(
      /^SKILL_VERSION_TAKEN: There is another twice 1\.0\.0 .*\nTry: openpact skill show [0-9a-f]{8}-\d+\n$/
    )
  })
  expect(await add("1.0.1", "two")).toMatchObject({ code: 0 })
  const versions = (await run("list", "--json")).json.map(({ payload }) => payload as Readonly<Record<string, string>>)
  expect(versions.filter(({ name }) => name === "twice").map(({ version }) => version)).toEqual(["1.0.1", "1.0.0"])
}, 60_000)

it("refuses what is no skill", async () => {
  writeFileSync(join(command.folder, "binary"), new Uint8Array([0xff, 0xfe, 0x00]))
  expect(await run("add", "binary", ...named)).toMatchObject({ code: 2, stderr: expect.stringContaining("no UTF-8") })
  expect(await run("add", "nowhere", ...named)).toMatchObject({ code: 2 })
  expect(
    await command.run(["skill", "add", "-", "--name", "../up", "--skill-version", "1.0.0"], { input: "x" })
  ).toMatchObject({ code: 2, stderr: expect.stringContaining("BAD_SKILL_NAME") })
  expect(
    await command.run(["skill", "add", "-", "--name", "a", "--skill-version", "one"], { input: "x" })
  ).toMatchObject({ code: 2 })
}, 60_000)
