import { afterEach, beforeEach, expect, it } from "vitest"
import { type Command, hasTerminals, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
})
afterEach(() => command.close())

const terminal = { terminal: true, env: { TERM: "xterm", NO_COLOR: "1" } }
const pacts = async () => (await command.run(["list", "--json"])).json

it.skipIf(!hasTerminals)("what is left empty takes the default that the question names", async () => {
  const asked = command.start(["init"], terminal)
  for (const question of ["Name of the pact (", "What it is for (nothing)"]) {
    await asked.says(question)
    asked.type("\r")
  }
  await asked.says("- for none)")
  asked.type("-\r")
  const { code, stdout } = await asked.ended
  expect(code).toBe(0)
  const suggested = /Name of the pact \((\w+ \w+)\)/.exec(stdout)?.[1]
  expect(await pacts()).toEqual([
    expect.objectContaining({ pact_name: suggested, pact_purpose: null, display_name: null })
  ])
})

it.skipIf(!hasTerminals)("init asks for what was not given, with defaults", async () => {
  const asked = command.start(["init", "--purpose", "Trials"], terminal)
  await asked.says("Name of the pact")
  asked.type("Obsidian Accord\r")
  await asked.says("What others see as your name")
  asked.type("\r")
  const { code, stdout } = await asked.ended
  expect(code).toBe(0)
  expect(stdout).not.toContain("What it is for")
  expect(stdout).toContain("The pact Obsidian Accord is there.")
  expect(await pacts()).toEqual([
    expect.objectContaining({ alias: "obsidian-accord", pact_purpose: "Trials", display_name: expect.any(String) })
  ])
})

it.skipIf(!hasTerminals)("an answer that can't be is told at once", async () => {
  const asked = command.start(["init", "--display-name", "Ann"], terminal)
  await asked.says("Name of the pact")
  asked.type(`${"n".repeat(65)}\r`)
  await asked.says("Expected 1 to 64 characters")
  asked.type("\u0003")
  expect((await asked.ended).code).toBe(130)
  expect(await pacts()).toEqual([])
})

it.skipIf(!hasTerminals)("remove wants the alias once more", async () => {
  await command.run(["init", "--name", "One"])
  const wrong = command.start(["remove", "one"], terminal)
  await wrong.says("Type one to go on")
  wrong.type("yes\r")
  const { code, stdout } = await wrong.ended
  expect(code).toBe(2)
  expect(stdout).toContain("NOT_CONFIRMED: Nothing was removed. That is not its alias.")
  const right = command.start(["remove", "one"], terminal)
  await right.says("Type one to go on")
  right.type("one\r")
  expect((await right.ended).code).toBe(0)
  expect(await pacts()).toEqual([])
})

it.skipIf(!hasTerminals).each([
  [["--no-interactive"], {}],
  [["--json"], {}],
  [[], { OPENPACT_NO_INTERACTIVE: "true" }],
  [[], { TERM: "dumb" }]
])("asks nothing with %j %j", async (flags, env) => {
  const { code, stdout } = await command.start(["up", ...flags], { ...terminal, env: { ...terminal.env, ...env } })
    .ended
  expect(code).toBe(0)
  expect(stdout).not.toContain("Name of the pact")
  expect(await pacts()).toHaveLength(1)
})

it.skipIf(!hasTerminals)("paints on a terminal, unless it is asked not to", async () => {
  const painted = "\u001b["
  const shown = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = { TERM: "xterm" }) =>
    (await command.start(args, { terminal: true, env }).ended).stdout
  expect(await shown(["status"])).toContain(`${painted}31mNO_DAEMON`)
  expect(await shown(["--help"])).toContain(painted)
  for (const bare of [await shown(["status", "--no-color"]), await shown(["--help", "--no-color"])]) {
    expect(bare).not.toContain(painted)
  }
  expect(await shown(["status"], { TERM: "xterm", NO_COLOR: "1" })).not.toContain(painted)
})
