import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { isAlive, markOf } from "../../../src/home/process.ts"
import { type Command, openCommand, type Running } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
  await command.run(["init", "--name", "Tasks", "--display-name", "Ann"])
})
afterEach(() => command.close())

const run = (...args: ReadonlyArray<string>) => command.run(["task", ...args])
const add = async (title: string, ...more: ReadonlyArray<string>): Promise<string> => {
  const { code, stderr, stdout } = await run("add", title, ...more)
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{8}-\d+\n$/) })
  return stdout.trim()
}
const show = async (id: string) => (await run("show", id, "--json")).json[0]!
const work = (exec: string, ...more: ReadonlyArray<string>): Running =>
  command.start(["task", "work", "--exec", exec, "--json", ...more])
/** What a worker says of its tasks, in order. */
const told = (stdout: string) =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map(
      (row) =>
        JSON.parse(row) as { readonly type: string; readonly reason?: string; readonly task: { readonly id: string } }
    )
const inFolder = (name: string) => join(command.folder, name)
/** A command that reads from it waits until somebody writes to it. */
const gate = (name: string): string => {
  execFileSync("mkfifo", [inFolder(name)])
  return inFolder(name)
}
/** Writes to a gate, once somebody reads from it. */
const open = (gate: string, text: string) =>
  execFileSync("sh", ["-c", `printf '%s\n' "$TEXT" > ${gate}`], {
    timeout: 20_000,
    env: { ...process.env, TEXT: text }
  })

it("goes the way of a task, and every wrong step has its exit code", async () => {
  const id = await add("One", "--description", "All of it", "--ttl", "1h")
  expect(await run("claim", id, "--worker", "a", "--wait", "confirmed")).toMatchObject({ code: 0, stdout: `${id}\n` })
  expect(await show(id)).toMatchObject({
    title: "One",
    description: "All of it",
    status: "claimed",
    worker: "a",
    fence: 1
  })
  expect(await run("claim", id, "--worker", "b")).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("TASK_ALREADY_CLAIMED")
  })
  expect(await run("complete", id, "--worker", "b")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("NOT_CLAIMER")
  })
  expect(await run("renew", id, "--worker", "a", "--ttl", "2h")).toMatchObject({ code: 0 })
  expect(await run("release", id, "--worker", "a")).toMatchObject({ code: 0 })
  expect(await run("release", id, "--worker", "a")).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("NOT_CLAIMED")
  })
  const claimed = await command.run(["task", "claim", id, "--json"], { env: { OPENPACT_WORKER: "env" } })
  expect(claimed.json[0]).toMatchObject({ worker: "env", fence: 2 })
  expect((await run("list", "--mine", "--status", "claimed", "--json")).json).toEqual([expect.objectContaining({ id })])
  const done = await run(
    "complete",
    id,
    "--worker",
    "env",
    "--result",
    '{"n":[1]}',
    "--claim",
    String(claimed.json[0]!["claim"])
  )
  expect(done).toMatchObject({ code: 0 })
  expect(await show(id)).toMatchObject({ status: "complete", result: { n: [1] } })
  const { stdout } = await run("show", id)
  for (const word of ["made", "claimed", "renewed", "released", "completed"])
    expect(stdout).toMatch(new RegExp(`-\\d+  ${word}  `))
  expect(await run("claim", id)).toMatchObject({ code: 6 })
  expect(await run("show", "00000000-256")).toMatchObject({ code: 5 })
  expect(await run("claim", "nonsense")).toMatchObject({ code: 2 })
  expect(await run("add", "")).toMatchObject({ code: 2 })
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining("SUBCOMMANDS") })
}, 60_000)

it("a worker hands each task on as JSON and never as a part of a command line", async () => {
  const title = `$(touch pwned); \`touch pwned\`'; touch pwned "`
  const id = await add(title, "--description", "\n; touch pwned\n$HOME")
  const text = await add("text")
  const failing = await add("failing")
  writeFileSync(
    inFolder("work.cjs"),
    `const stdin = require("fs").readFileSync(0, "utf8")
    const task = JSON.parse(process.env.OPENPACT_TASK)
    if (JSON.stringify(JSON.parse(stdin)) !== JSON.stringify(task)) process.exit(9)
    if (task.title === "failing") process.exit(3)
    if (task.title === "text") console.log("two\\nlines")
    else console.log(JSON.stringify({ title: task.title, claim: task.claim === process.env.OPENPACT_CLAIM }))`
  )
  const { code, stderr, stdout } = await work(`"${process.execPath}" work.cjs`, "--drain").ended
  expect(code, stderr).toBe(1)
  expect(JSON.parse(stderr)).toMatchObject({
    error: "TASKS_FAILED",
    message: "2 tasks done, 1 failed and given back.",
    next: "openpact task list --status open"
  })
  expect(existsSync(inFolder("pwned"))).toBe(false)
  expect(await show(id)).toMatchObject({ status: "complete", result: { title, claim: true } })
  expect(await show(text)).toMatchObject({ status: "complete", result: "two\nlines" })
  expect(await show(failing)).toMatchObject({ status: "open", fence: 1, claim: null })
  const claimed = told(stdout).filter(({ type }) => type === "claimed")
  expect(claimed.map(({ task }) => task.id)).toEqual([id, text, failing])
  expect(told(stdout).filter(({ type }) => type === "failed")).toEqual([
    expect.objectContaining({
      reason: "The command ended with code 3.",
      task: expect.objectContaining({ id: failing })
    })
  ])
}, 60_000)

it("a worker waits for tasks, and goes on when the daemon was killed and came back", async () => {
  const go = gate("go")
  const worker = work(`echo began >&2; cat ${go}`, "--max", "2", "--ttl", "60s")
  const first = await add("first")
  await worker.says("began")
  process.kill(command.pid()!, "SIGKILL")
  expect((await command.run(["start"])).code).toBe(0)
  open(go, "done")
  await worker.says(`"type":"complete"`)
  expect(await show(first)).toMatchObject({ status: "complete", result: "done", fence: 1 })
  const second = await add("second")
  open(go, "too")
  expect(told((await worker.ended).stdout).map(({ task, type }) => [type, task.id])).toEqual([
    ["claimed", first],
    ["complete", first],
    ["claimed", second],
    ["complete", second]
  ])
}, 60_000)

it("a task is done again when its worker was killed, after the ttl, and once", async () => {
  const go = gate("go")
  const id = await add("one")
  const killed = work(`echo began >&2; cat ${go}`, "--ttl", "2s")
  await killed.says("began")
  killed.child.kill("SIGKILL")
  const next = work("echo next", "--max", "1", "--ttl", "60s")
  expect((await next.ended).code).toBe(0)
  expect(await show(id)).toMatchObject({ status: "complete", result: "next", fence: 2 })
  open(go, "late")
}, 60_000)

it("a worker that is told to end gives its task back, and ends what it began", async () => {
  const id = await add("one")
  const worker = work(`echo $$ > pid; echo began >&2; cat ${gate("never")}`)
  await worker.says("began")
  const mark = markOf(Number(readFileSync(inFolder("pid"), "utf8")))
  expect(isAlive(mark)).toBe(true)
  worker.child.kill("SIGTERM")
  expect((await worker.ended).code).toBe(130)
  expect(isAlive(mark)).toBe(false)
  expect(await show(id)).toMatchObject({ status: "open", claim: null, fence: 1 })
}, 60_000)

it("a worker that loses its claim ends the command, and its late answer counts for nothing", async () => {
  const id = await add("one")
  const worker = work(`echo $$ > pid; echo began >&2; cat ${gate("never")}`, "--ttl", "3s", "--max", "1")
  await worker.says("began")
  const mark = markOf(Number(readFileSync(inFolder("pid"), "utf8")))
  const { claim, worker: label } = await show(id)
  const done = await run("complete", id, "--worker", String(label), "--claim", String(claim), "--result", "other")
  expect(done.code, done.stderr).toBe(0)
  const { code, stdout } = await worker.ended
  expect(code).toBe(0)
  expect(told(stdout)).toEqual([
    expect.objectContaining({ type: "claimed" }),
    expect.objectContaining({ type: "lost", reason: expect.stringContaining("TASK_ALREADY_COMPLETE") })
  ])
  expect(isAlive(mark)).toBe(false)
  expect(await show(id)).toMatchObject({ status: "complete", result: "other" })
}, 60_000)

it("three workers do thirty tasks, each once", async () => {
  const ids: Array<string> = []
  for (let i = 0; i < 30; i++) ids.push(await add(`task ${i}`))
  const workers = [1, 2, 3].map(() => work('echo "$OPENPACT_TASK_ID" >> done', "--drain", "--ttl", "60s").ended)
  for (const { code, stderr } of await Promise.all(workers)) expect(code, stderr).toBe(0)
  expect(readFileSync(inFolder("done"), "utf8").split("\n").filter(Boolean).toSorted()).toEqual(ids.toSorted())
  const done = (await run("list", "--status", "complete", "--json")).json
  expect(done.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  for (const task of done) expect(task).toMatchObject({ fence: 1 })
}, 90_000)
