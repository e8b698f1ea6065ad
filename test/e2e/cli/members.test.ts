import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { type Command, hasTerminals, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
  await command.run(["start", "--log-level", "trace"])
  await command.run(["init", "--name", "Members", "--display-name", "Ada"])
})
afterAll(() => command.close())

const run = (...args: ReadonlyArray<string>) => command.run(args)
const [bob, carol] = ["b1", "c2"].map((byte) => byte.repeat(32)) as [string, string]
const rolesOf = async () =>
  (await run("agents", "--json")).json.map(({ is_self, remote_key, role }) => [is_self ? "self" : remote_key, role])

it("invite prints the URL alone, and says the rest on stderr", async () => {
  const { code, stderr, stdout } = await run("invite", "--ttl", "2h")
  expect(code).toBe(0)
  expect(stdout).toMatch(/^https:\/\/openpact\.dev\/join\?invite=[\w-]+\n$/)
  expect(stderr).toMatch(
    /^It lets in one member, until \d{4}-\d\d-\d\d .*\nTake it back: openpact invite --revoke [0-9a-f]{8}\nNobody can join so far: this daemon runs without a network \(bootstrap is none\)\. Give it one: openpact restart --help\n$/
  )

  const { stdout: json } = await run("invite", "--json", "--qr")
  expect(JSON.parse(json)).toMatchObject({ nonce: expect.stringMatching(/^[0-9a-f]{48}$/), id: expect.any(String) })
  const drawn = await run("invite", "--qr")
  expect(drawn.stdout.split("\n")).toHaveLength(2)
  expect(drawn.stderr).toMatch(/^█{60,}\n██ ▄▄▄▄▄ /)
  const long = await command.run(["invite"], { env: { OPENPACT_TTL: "91d" } })
  expect(long).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("BAD_REQUEST") })
})

it("invite --list tells what became of each, and --revoke takes one back, once", async () => {
  const minted = (await run("invite", "--json")).json[0] as Readonly<Record<"nonce" | "invite" | "share_url", string>>
  const { invite, nonce, share_url: url } = minted
  const listed = (await run("invite", "--list", "--json")).json
  expect(listed[0]).toMatchObject({ nonce, invite, status: "live", share_url: url })
  const head = "Invite {4}State {2}When\n"
  const time = "\\d{4}-\\d\\d-\\d\\d [\\d:]{8}"
  expect((await run("invite", "--list", "--limit", "1")).stdout).toMatch(
    new RegExp(`^${head}${invite.slice(0, 8)} {2}Open {3}until ${time} \\(in [67] days\\)\n$`)
  )
  expect(await run("invite", "--revoke", "0".repeat(8))).toMatchObject({
    code: 5,
    stderr: "NOT_FOUND: No invite begins with 00000000.\nTry: openpact invite --list --json\n"
  })
  expect(await run("invite", "--revoke", invite.slice(0, 8))).toMatchObject({
    code: 0,
    stdout: `The invite ${invite} is revoked.\n`
  })
  expect(await run("invite", "--revoke", nonce)).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/^INVITE_REVOKED: .*\nTry: openpact invite --list\n$/)
  })
  expect(await run("invite", "--revoke", "0".repeat(48))).toMatchObject({ code: 5 })
  expect(await run("invite", "--revoke", "nonsense")).toMatchObject({
    code: 2,
    stderr:
      "BAD_REQUEST: --revoke has to be the public half of an invite (64 lower-case hex digits) or its nonce (48).\n" +
      "Try: openpact invite --help\n"
  })
  const { stdout } = await run("invite", "--list")
  expect(stdout).toMatch(new RegExp(`\n${invite.slice(0, 8)} {2}Revoked\n`))
  expect(stdout).not.toContain(nonce)
  expect(readFileSync(join(command.home, "logs", "daemon.log"), "utf8")).not.toContain(nonce)
  expect(await run("invite", "--list", "--qr")).toMatchObject({ code: 2, stdout: "" })
})

it("admits by key, promotes and removes by key or agent id", async () => {
  const id = agentIdOf(bob)
  expect(await run("add-member", bob)).toMatchObject({ code: 0, stdout: `${id} is a member now.\n` })
  expect((await run("add-member", carol, "--indexer", "--json")).json).toMatchObject([{ key: carol, role: "indexer" }])
  expect(await rolesOf()).toEqual([
    ["self", "creator"],
    [bob, "member"],
    [carol, "indexer"]
  ])
  expect(await run("promote", id)).toMatchObject({
    code: 0,
    stdout: `${id} is an indexer now.\n`,
    stderr: "The pact has 3 indexers now, you among them. Confirming takes 2 of them: 1 may be away.\n"
  })
  expect(await run("promote", bob)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^It was one before\.\n/) })
  expect((await run("agents")).stdout).toMatch(new RegExp(`^\\* .* creator .* you\\n {3}${id} +indexer`))
  expect((await run("agents", "--online", "--json")).json).toHaveLength(1)

  const unsure = await run("remove-member", id)
  expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining(`Try: openpact remove-member ${id} --yes`) })
  expect(await run("remove-member", id, "--yes")).toMatchObject({
    code: 0,
    stdout: `${id} is no member any more.\n`,
    stderr: expect.stringContaining("openpact invite --list")
  })
  expect((await run("remove-member", carol, "--yes", "--json")).json).toMatchObject([{ key: carol, role: null }])
  expect(await rolesOf()).toEqual([["self", "creator"]])
})

it("says what can't be, with its code and what to try", async () => {
  const [{ id }] = (await run("agents", "--json")).json as [{ id: string }]
  expect(await run("remove-member", id, "--yes")).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/^LAST_INDEXER: The creator .* can't leave.*: openpact remove ALIAS \(.*\)\n$/)
  })
  for (const args of [
    ["remove-member", agentIdOf(bob), "--yes"],
    ["promote", bob]
  ])
    expect(await run(...args)).toMatchObject({ code: 5, stderr: expect.stringContaining("Try: openpact agents") })
  expect(await run("add-member", "not-a-key")).toMatchObject({ code: 2 })
  expect(await run("leave", "--yes")).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/^LAST_INDEXER: You made the pact members.*openpact remove members\n$/)
  })
  expect((await run("list", "--json")).json).toHaveLength(1)
})

it.skipIf(!hasTerminals)("remove-member wants the agent id once more on a terminal", async () => {
  await run("add-member", carol)
  const id = agentIdOf(carol)
  const terminal = { terminal: true, env: { TERM: "xterm", NO_COLOR: "1" } }
  const wrong = command.start(["remove-member", carol], terminal)
  await wrong.says(`This removes ${id} from the pact, for everybody. Type ${id} to go on`)
  wrong.type("yes\r")
  const { code, stdout } = await wrong.ended
  expect([code, stdout]).toEqual([2, expect.stringContaining("Nobody was removed. That is not its agent id.")])
  const right = command.start(["remove-member", carol], terminal)
  await right.says("to go on")
  right.type(`${id}\r`)
  expect((await right.ended).code).toBe(0)
})
