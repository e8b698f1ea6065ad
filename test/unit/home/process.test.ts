import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { expect, it } from "vitest"
import { bootId, isAlive, markOf, startInProc, startInPs } from "../../../src/home/process.ts"

const linux = process.platform === "linux"

it("this process lives, under its own mark only", () => {
  const mark = markOf(process.pid)
  expect(isAlive(mark)).toBe(true)
  expect(isAlive(markOf(process.ppid))).toBe(true)
  expect(isAlive({ ...mark, start: "1" })).toBe(false)
  expect(isAlive({ ...mark, start: null })).toBe(true)
  expect(isAlive({ ...mark, boot: null })).toBe(true)
  if (bootId() !== null) expect(isAlive({ ...mark, boot: "another" })).toBe(false)
})

it("an ended process is dead", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"])
  const mark = markOf(child.pid!)
  expect(isAlive(mark)).toBe(true)
  child.kill("SIGKILL")
  await once(child, "close")
  expect(isAlive(mark)).toBe(false)
})

it.runIf(linux)("one that is dead and waits for its parent is dead too", async () => {
  // The shell never waits for its child: before that ends, `exec` has made it a program that knows of none.
  const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec cat"])
  const [line] = await once(parent.stdout, "data")
  const pid = Number(String(line))
  await expect.poll(() => startInProc(pid), { timeout: 10_000 }).toBe("dead")
  expect(isAlive({ pid, start: null, boot: null })).toBe(false)
  parent.stdin.end()
  await once(parent, "close")
})

it.runIf(linux && existsSync("/usr/bin/ps"))("ps tells the same processes apart", () => {
  const own = startInPs(process.pid)
  expect(Date.parse(`${own} UTC`)).toBeGreaterThan(Date.now() - process.uptime() * 1000 - 5000)
  expect(Date.parse(`${own} UTC`)).toBeLessThanOrEqual(Date.now())
  expect(startInPs(process.pid)).toBe(own)
  expect(startInPs(2 ** 22 + 1)).toBeNull()
  expect(startInProc(2 ** 22 + 1)).toBeNull()
})
