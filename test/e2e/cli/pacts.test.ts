import { afterEach, beforeEach, expect, it } from "vitest"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
})
afterEach(() => command.close())

const aliases = async () =>
  (await command.run(["list", "--json"])).json.map(({ alias, is_current }) => [alias, is_current])

it("up makes a first pact, starts the daemon, and says what to do next, once", async () => {
  const first = await command.run(["up"])
  expect(first.code).toBe(0)
  expect(first.stdout).toMatch(
    /^The daemon runs \(pid \d+\)\.\n {2}API {3}http.*\n {2}Web {3}http.*openpact dashboard\)\n.*\n.*\n {2}Pact {2}.+, new\)\n$/
  )
  expect(first.stderr).toContain("openpact record")
  expect(first.stderr).toContain("$(openpact token --show)")

  expect((await command.run(["up", "--name", "Work"])).stderr).toContain(
    `There is a pact already, so none was made. For another one: openpact init --name Work`
  )
  const second = await command.run(["up", "--json"])
  expect(second).toMatchObject({ code: 0, stderr: "" })
  expect(second.json).toEqual([expect.objectContaining({ started: false, created: false })])
  expect(await aliases()).toHaveLength(1)
})

it("the curl line of up works as it stands", async () => {
  await command.run(["up"])
  const { stdout } = await command.run(["token"])
  const [, url] = /^curl -H "Authorization: Bearer \$\(openpact token --show\)" (http\S+)\n$/.exec(stdout) ?? []
  const token = (await command.run(["token", "--show"])).stdout.trim()
  const response = await fetch(url!, { headers: { authorization: `Bearer ${token}` } })
  expect(response.status).toBe(200)
})

it("init takes its names from flags and variables, and starts the daemon", async () => {
  const first = await command.run(["init", "--name", "Obsidian Accord", "--purpose", "Release work", "--json"], {
    env: { OPENPACT_DISPLAY_NAME: "Ann", OPENPACT_NAME: "Not this" }
  })
  expect(first).toMatchObject({ code: 0, stderr: "" })
  expect(first.json).toEqual([
    expect.objectContaining({
      alias: "obsidian-accord",
      pact_name: "Obsidian Accord",
      pact_purpose: "Release work",
      display_name: "Ann",
      role: "creator"
    })
  ])
  const second = await command.run(["init"], { env: { OPENPACT_NAME: "Crimson Covenant", OPENPACT_ALIAS: "red" } })
  expect(second.stdout).toBe("The pact Crimson Covenant is there. Its alias here: red\n")
  expect(second.stderr).toContain("Change over: openpact switch red")
  expect(await aliases()).toEqual([
    ["obsidian-accord", true],
    ["red", false]
  ])
  expect(await command.run(["init", "--name", "X", "--alias", "red"])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("PACT_ALIAS_EXISTS")
  })
  expect((await command.run(["init", "--name", "n".repeat(65)])).code).toBe(2)
})

it("switches, renames and removes", async () => {
  await command.run(["init", "--name", "One"])
  await command.run(["init", "--name", "Two"])
  expect((await command.run(["switch", "two"])).stdout).toBe("The current pact is two now.\n")
  expect((await command.run(["rename", "two", "deux"])).stdout).toBe("two is deux now.\n")
  expect(await aliases()).toEqual([
    ["one", false],
    ["deux", true]
  ])
  expect(await command.run(["rename", "one", "deux"])).toMatchObject({ code: 6 })
  expect(await command.run(["rename", "one", "Not An Alias"])).toMatchObject({ code: 2 })
  expect(await command.run(["switch", "trois"])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/openpact list/)
  })

  expect(await command.run(["remove", "trois"])).toMatchObject({
    code: 5,
    stderr: "UNKNOWN_PACT: There is no pact trois here.\nTry: openpact list\n"
  })
  const unsure = await command.run(["remove", "one"])
  expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining("Try: openpact remove one --yes") })
  expect(await aliases()).toHaveLength(2)
  expect((await command.run(["remove", "one", "--yes", "--json"])).json).toEqual([
    { ok: true, removed: { alias: "one", pact_id: expect.stringMatching(/^[0-9a-f]{64}$/) }, announced: false }
  ])
  expect(await aliases()).toEqual([["deux", true]])
})

it("--pact and OPENPACT_PACT name the pact, by alias or id", async () => {
  await command.run(["init", "--name", "One"])
  const [{ pact_id: id }] = (await command.run(["init", "--name", "Two", "--json"])).json as [{ pact_id: string }]
  const named = async (args: ReadonlyArray<string>, env = {}) =>
    (await command.run([...args, "--json"], { env })).json.map(({ pact }) => (pact as { pact_name: string }).pact_name)
  expect(await named(["status"])).toEqual(["One"])
  expect(await named(["status", "--pact", "two"])).toEqual(["Two"])
  expect(await named(["--pact", id, "status"])).toEqual(["Two"])
  expect(await named(["status"], { OPENPACT_PACT: "two" })).toEqual(["Two"])
  expect(await command.run(["status", "--pact", "three"])).toMatchObject({ code: 5 })
})

it("status of a home without a pact says how to make one", async () => {
  await command.run(["start"])
  expect(await command.run(["status"])).toMatchObject({
    code: 0,
    stderr: "There is no pact yet. Make one: openpact init. Or take part in one of others: openpact join <link>\n"
  })
  expect((await command.run(["status", "--json"])).json).toEqual([
    { daemon: expect.objectContaining({ pact_count: 0, current: null }), pact: null }
  ])
  expect(await command.run(["knowledge"])).toMatchObject({ code: 5, stderr: expect.stringContaining("openpact init") })
})
