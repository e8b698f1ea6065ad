import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { root } from "../../kit/build.ts"
import { type Command, openCommand } from "../../kit/command.ts"

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
})
afterAll(() => command.close())

it.each([[["--version"]], [["-v"]], [["status", "--version"]]])("%j says its version", async (args) => {
  expect(await command.run(args)).toMatchObject({ code: 0, stdout: `openpact ${version}\n`, stderr: "" })
})

it.each([[[]], [["--help"]], [["record", "--help"]], [["--home", "/tmp/x", "log", "-h"]]])("%j helps", async (args) => {
  const { code, stderr, stdout } = await command.run(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  expect(stdout).toContain("USAGE")
})

it.each([
  [["stauts"], "status"],
  [["record", "x"], "--topic"],
  [["record", "--topic", "x"], "content"],
  [["log", "--limit", "0"], "from 1 to"],
  [["log", "--limit", "many"], "a whole number from 1 to"],
  [["join", "x", "--timeout", "soon"], "Expected: a span such as 30s or 5m"],
  [["task", "work", "--exec", " "], "Expected: a command"],
  [["log", "--type", "nonsense"], "knowledge"],
  [["log", "--since", "yesterday"], "--since"],
  [["status", "--frobnicate"], "--frobnicate"],
  [["status", "extra"], "extra"],
  [["status", "--pact", "No Alias"], "--pact"],
  [["status", "--log-level", "loud"], "--log-level"],
  [["start", "--port", "70000"], "--port"],
  [["start", "--host", "0.0.0.0"], "127.0.0.1"],
  [["completions", "tcsh"], "bash"]
])("%j is wrong usage", async (args, told) => {
  const { code, stderr, stdout } = await command.run(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
  expect(stderr).toMatch(/^USAGE: /)
  expect(stderr).toContain(told)
  expect(stderr).toMatch(/\nTry: openpact .*--help\n/)
})

it("what only the daemon can tell is told as it tells it", async () => {
  const { code, stderr } = await command.run(["start", "--port", "7000", "--dashboard-port", "7000"])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^Starting the daemon \.\.\.\nUSAGE: .*two different ports\.\nThe daemon's log: \//)
})

it("a wrong variable is told by its name", async () => {
  const { code, stderr } = await command.run(["start"], { env: { OPENPACT_PORT: "seven" } })
  expect(code).toBe(2)
  expect(stderr).toContain(`OPENPACT_PORT is "seven"`)
})

it.each([
  ["status"],
  ["list"],
  ["token"],
  ["log", "--follow"],
  ["record", "x", "--topic", "y"],
  ["show", "1a2b3c4d-512"],
  ["switch", "a"],
  ["rename", "a", "b"],
  ["remove", "a", "--yes"]
])("%s needs a daemon", async (...args) => {
  const { code, stderr, stdout } = await command.run(args)
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" })
  expect(stderr).toBe("NO_DAEMON: The daemon isn't running. Start it: openpact start\n")
})

it("stop says where nothing runs", async () => {
  expect(await command.run(["stop"])).toMatchObject({
    code: 3,
    stdout: "",
    stderr: `NO_DAEMON: No daemon runs on ${command.home}, so there is nothing to stop.\n`
  })
})

it("what to try names the home that the command line named", async () => {
  const home = join(command.folder, "an other")
  const { stderr } = await command.run(["status", "--home", home])
  expect(stderr).toBe(`NO_DAEMON: The daemon isn't running. Start it: openpact --home '${home}' start\n`)
  const { stderr: told } = await command.run(["list", "--json", "--home", home])
  expect(JSON.parse(told).next).toBe(`openpact --home '${home}' start`)
})

it("failures are one line of JSON with --json, on stderr", async () => {
  for (const args of [
    ["status", "--json"],
    ["--json", "status"],
    ["status", "--json", "--nonsense"]
  ]) {
    const { stderr, stdout } = await command.run(args)
    expect(stdout).toBe("")
    expect(JSON.parse(stderr)).toEqual({
      error: expect.any(String),
      message: expect.any(String),
      next: expect.stringContaining("openpact"),
      exit: args.length === 2 ? 3 : 2
    })
  }
})

it("below npm, commands are spelled as they can be typed there", async () => {
  const { stderr } = await command.run(["status"], { env: { npm_command: "exec" } })
  expect(stderr).toContain("Start it: npx openpact start")
})

it("an old Node is named before anything is loaded", async () => {
  const old = `data:text/javascript,Object.defineProperty(process.versions, "node", { value: "22.18.0" })`
  const { code, stderr, stdout } = await command.run(["status"], { node: ["--import", old] })
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  expect(stderr).toContain("needs Node.js 22.19 or newer, and this is 22.18.0")
})

it.each(["bash", "zsh", "fish"])("completions for %s", async (shell) => {
  const { code, stdout } = await command.run(["completions", shell])
  expect(code).toBe(0)
  for (const verb of ["status", "record", "knowledge", "completions"]) expect(stdout).toContain(verb)
  expect(stdout).not.toContain("--completions")
})
