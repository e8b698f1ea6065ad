import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parse } from "smol-toml"
import { afterEach, beforeEach, expect, it } from "vitest"
import { bin } from "../../kit/build.ts"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
})
afterEach(async () => {
  await command.close()
})

const at = (file: string) => join(command.folder, file)
const read = (file: string) => readFileSync(at(file), "utf8")
const write = (file: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(at(file)), { recursive: true })
  writeFileSync(at(file), text, { mode })
}
const run = (...args: ReadonlyArray<string>) => command.run(["mcp", ...args])

/** For each client a file as people have it, and where the server is to be found in what is parsed. */
const files = [
  [
    "claude-code",
    ".claude.json",
    '{\n  "projects": {"/x": {"n": 1}},\n  "mcpServers": {"other": {"command": "o"}}\n}\n'
  ],
  ["claude-desktop", ".config/Claude/claude_desktop_config.json", '{"theme":"dark"}'],
  ["cursor", ".cursor/mcp.json", '{\r\n\t"mcpServers": {}\r\n}\r\n'],
  ["codex", ".codex/config.toml", '# mine\nmodel = "o"\n\n[mcp_servers.other]\ncommand = "o" # keep\n'],
  [
    "opencode",
    ".config/opencode/opencode.jsonc",
    '{\n  // mine\n  "mcp": {\n    "other": {"type": "local"},\n  },\n}\n'
  ],
  ["zed", ".config/zed/settings.json", '// Zed\n{\n  "vim_mode": true, // yes\n}\n']
] as const

const comments = (text: string) => text.match(/(?:\/\/|#) .*/g)
const valueOf = (file: string, text: string): unknown =>
  file.endsWith(".toml") ? parse(text) : JSON.parse(text.replace(/\/\/ .*/g, "").replace(/,(?=\s*\})/g, ""))
/** All that is said beside one key, and nothing of what only held that. */
const without = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => name !== key)
          .map(([name, inner]) => [name, without(inner, key)] as const)
          .filter(([, inner]) => JSON.stringify(inner) !== "{}")
      )
    : value

it.each(files)(
  "%s: is told of OpenPact, and what was there stays",
  { timeout: 60_000 },
  async (client, file, before) => {
    write(file, before, 0o640)
    const looked = await run("install", client, "--dry-run")
    expect(looked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^--- .*\n\+\+\+ .*\n@@[^]*\+.*openpact/) })
    expect(read(file)).toBe(before)
    const done = await run("install", client)
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout).toBe(looked.stdout)
    const after = read(file)
    expect(comments(after)).toEqual(comments(before))
    const found = valueOf(file, after)
    expect(without(found, "openpact")).toEqual(without(valueOf(file, before), "openpact"))
    for (const part of [process.execPath, bin(), "mcp", command.home]) expect(after).toContain(part)
    expect(statSync(at(file)).mode & 0o777).toBe(0o640)
    expect(read(`${file}.openpact-backup`)).toBe(before)
    const again = await run("install", client, "--json")
    expect(again.json).toEqual([expect.objectContaining({ client, changed: false, backup: null })])
    const undone = await run("uninstall", client)
    expect(read(`${file}.openpact-backup`)).toBe(before)
    expect(read(`${file}.openpact-backup-2`)).toBe(after)
    expect(undone.code, undone.stderr).toBe(0)
    expect(read(file)).not.toContain("openpact")
    expect(comments(read(file))).toEqual(comments(before))
    expect(without(valueOf(file, read(file)), "openpact")).toEqual(without(valueOf(file, before), "openpact"))
    expect(await run("uninstall", client)).toMatchObject({ code: 0, stdout: `Nothing to change in ${at(file)}.\n` })
  }
)

it.each(["claude-code", "claude-desktop", "cursor", "codex", "opencode", "zed"])(
  "%s: nothing is taken out of settings that aren't there",
  async (client) => {
    const { code, stderr, stdout } = await run("uninstall", client)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain("Nothing to change")
  }
)

it("a client without settings gets some that others can't read, and what is broken stays", async () => {
  expect((await run("install", "cursor", "--pact", "work")).code).toBe(0)
  const { mcpServers } = JSON.parse(read(".cursor/mcp.json"))
  expect(mcpServers.openpact).toEqual({
    command: process.execPath,
    args: [bin(), "mcp", "--home", command.home, "--pact", "work"]
  })
  expect(statSync(at(".cursor/mcp.json")).mode & 0o777).toBe(0o600)
  for (const [client, file, text] of [
    ["zed", ".config/zed/settings.json", '{"a": '],
    ["codex", ".codex/config.toml", "a = = 1"],
    ["claude-code", ".claude.json", "[]"]
  ] as const) {
    write(file, text)
    expect(await run("install", client)).toMatchObject({ code: 1, stderr: expect.stringContaining("CONFIG_UNUSABLE") })
    expect(read(file)).toBe(text)
    expect(existsSync(at(`${file}.openpact-backup`))).toBe(false)
  }
})

it("a link to the settings stays a link", async () => {
  write("dotfiles/mcp.json", "{}")
  mkdirSync(at(".cursor"))
  symlinkSync(at("dotfiles/mcp.json"), at(".cursor/mcp.json"))
  expect((await run("install", "cursor")).code).toBe(0)
  expect(read("dotfiles/mcp.json")).toContain("openpact")
})
