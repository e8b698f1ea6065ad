import { afterAll, beforeAll, expect, it } from "vitest"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
  await command.run(["init", "--name", "Entries", "--display-name", "Ann"])
})
afterAll(() => command.close())

const idOf = async (args: ReadonlyArray<string>, input?: string): Promise<string> => {
  const { code, stderr, stdout } = await command.run(args, input === undefined ? {} : { input })
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{8}-\d+\n$/) })
  expect(stderr).toBe(`Written. See it: openpact show ${stdout}`)
  return stdout.trim()
}

it("records, lists, finds and shows", async () => {
  const id = await idOf(["record", "Tuesdays convert better", "--topic", "sales", "--source", "https://example.org"])
  await idOf(["record", "Nothing of it", "-t", "other"])

  const { json } = await command.run(["knowledge", "--topic", "sales", "--json"])
  const entry = {
    id,
    type: "knowledge",
    display_name: "Ann",
    payload: { topic: "sales", content: "Tuesdays convert better", source: "https://example.org" },
    refs: [],
    confirmed: true
  }
  expect(json).toEqual([expect.objectContaining(entry)])
  expect((await command.run(["search", "tuesdays", "convert", "--json"])).json).toEqual([
    expect.objectContaining({ id, snippet: expect.stringContaining("convert") })
  ])
  expect((await command.run(["search", "tuesdays", "--all-pacts", "--json"])).json).toEqual([
    expect.objectContaining({ id, alias: "entries" })
  ])
  expect((await command.run(["search", "tuesdays", "--type", "message", "--json"])).json).toEqual([])
  expect((await command.run(["show", id, "--json"])).json).toEqual([
    expect.objectContaining({ ...entry, verdict: { accepted: true } })
  ])
  const { stdout } = await command.run(["show", id])
  expect(stdout).toMatch(new RegExp(`^id +${id}\\n`))
  expect(stdout).toContain("Ann (anon-")
  expect(await command.run(["show", "00000000-256"])).toMatchObject({ code: 5 })
  expect(await command.run(["show", "nonsense"])).toMatchObject({ code: 2 })
})

it("reads long texts from stdin, every language", async () => {
  const text = `${"Zeile für Zeile 三 🎉\n".repeat(500)}end`
  const id = await idOf(["record", "-", "--topic", "stdin"], text)
  const [{ payload }] = (await command.run(["show", id, "--json"])).json as [{ payload: { content: string } }]
  expect(payload.content).toBe(text)
  expect(await command.run(["record", "-", "--topic", "empty"])).toMatchObject({ code: 2 })
  expect(await command.run(["record", "-", "--topic", "x"], { input: "x".repeat(70_000) })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("PAYLOAD_TOO_LARGE")
  })
})

it("texts that look like flags go after --", async () => {
  const id = await idOf(["message", "--", "--help -x"])
  expect((await command.run(["show", id, "--json"])).json[0]).toMatchObject({ payload: { content: "--help -x" } })
})

it("messages make threads, the newest last", async () => {
  const first = await idOf(["message", "Deploy at noon?", "--priority", "high"])
  const second = await idOf(["message", "Yes", "--reply-to", first])
  const ids = (await command.run(["messages", "--thread", first, "--json"])).json.map(({ id }) => id)
  expect(ids).toEqual([first, second])
  expect(await command.run(["message", "Yes", "--reply-to", "1a2b3c4d-512"])).toMatchObject({
    code: 5,
    stdout: "",
    stderr: expect.stringMatching(/^NOT_FOUND: .* 1a2b3c4d-512 .*Nothing was sent\.\nTry: openpact messages\n$/)
  })
  const { stdout } = await command.run(["messages", "--limit", "2"])
  expect(stdout.indexOf("message (high)")).toBeLessThan(stdout.indexOf(second))
})

it("what is written can refer to others, and show tells both directions", async () => {
  const [one, two] = [await idOf(["record", "One", "-t", "refs"]), await idOf(["record", "Two", "-t", "refs"])]
  const both = ["--ref", one, "--ref", two]
  const skill = ["skill", "add", "-", "--name", "refs", "--skill-version", "1.0.0"]
  const task = (await command.run(["task", "add", "Both", ...both, "--json"])).json[0] as { readonly id: string }
  const ids = [
    await idOf(["record", "Of both", "-t", "refs", ...both]),
    await idOf(["message", "Look", ...both]),
    task.id,
    await idOf([...skill, ...both], "Say it")
  ]
  for (const id of ids) expect((await command.run(["show", id, "--json"])).json[0]).toMatchObject({ refs: [one, two] })
  for (const id of [one, two]) {
    const [shown] = (await command.run(["show", id, "--json"])).json as [
      { readonly referenced_by: ReadonlyArray<string> }
    ]
    expect(shown).toMatchObject({ refs: [], referenced_by_has_more: false })
    expect([...shown.referenced_by].sort()).toEqual([...ids].sort())
    const { stdout } = await command.run(["show", id])
    expect(stdout).toMatch(/\nrefs +none\n/)
    expect(stdout).toContain(shown.referenced_by.join(" "))
  }
  const reply = await idOf(["message", "Seen", "--reply-to", ids[1]!, "--ref", one])
  expect((await command.run(["show", reply, "--json"])).json[0]).toMatchObject({ refs: [ids[1], one] })
  const thread = (await command.run(["messages", "--thread", reply, "--json"])).json.map(({ id }) => id)
  expect(thread).toEqual([ids[1], reply])
})

it("the log pages as far as asked, the newest last", async () => {
  const all = (await command.run(["log", "--limit", "100000", "--json"])).json
  expect(all[0]).toMatchObject({ type: "admin" })
  const last = (await command.run(["log", "-n", "2", "--json"])).json
  expect(last).toEqual(all.slice(-2))
  expect((await command.run(["log", "--type", "message", "--json"])).json).toEqual(
    all.filter(({ type }) => type === "message")
  )
  expect((await command.run(["log", "--since", "1h", "--json"])).json).toEqual(all)
  expect((await command.run(["log", "--since", "2100-01-01"])).stderr).toBe("Nothing was written since then.\n")
  expect((await command.run(["log", "-n", "1"])).stderr).toBe("There are more. See them with --limit.\n")
})

it("who reads the log is told what happened, a line for each entry, with the title of its task", async () => {
  const { stdout: id } = await command.run(["task", "add", "Sweep the yard"])
  await command.run(["task", "claim", id.trim(), "--worker", "w"])
  await command.run(["task", "release", id.trim(), "--worker", "w"])
  await command.run(["invite"])
  // The task was made before what is shown.
  const { stdout } = await command.run(["log", "-n", "3"])
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/ task claimed: Sweep the yard .*, worker w$/),
    expect.stringMatching(/ task released: Sweep the yard .*, worker w$/),
    expect.stringMatching(/ invite [0-9a-f]{8} made, good until 2/),
    ""
  ])
  const found = await command.run(["search", "sweep"])
  expect(found.stdout).toMatch(/ task made: Sweep the yard [^*]*\n$/)
})

it("what strangers wrote does not steer the terminal", async () => {
  const id = await idOf(["message", "\u001b]0;owned\u0007\u001b[2Jgone"])
  for (const args of [["log"], ["messages"], ["show", id], ["search", "owned"]]) {
    // eslint-disable-next-line no-control-regex
    expect((await command.run(args)).stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
  }
})

it("ends quietly when nobody reads on", async () => {
  const { child, ended } = command.start(["log", "--limit", "1000"])
  child.stdout?.destroy()
  expect((await ended).stderr).toBe("")
})

it("asking costs no modules that only others need", async () => {
  const tell = `process.on("exit", () => process.stderr.write(process.moduleLoadList.join("\\n")))`
  const node = ["--import", `data:text/javascript,${encodeURIComponent(tell)}`]
  await command.run(["status"])
  const { code, stderr } = await command.run(["status"], { node })
  expect(code).toBe(0)
  const loaded = stderr.split("\n").map((name) => name.replace("NativeModule ", ""))
  expect(loaded).toContain("http")
  const costly = /^(?:crypto|https|tls|child_process|readline|sqlite|internal\/deps\/undici\/undici)$/
  expect(loaded.filter((name) => costly.test(name))).toEqual([])
})
