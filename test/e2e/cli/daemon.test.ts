import { spawn } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { isAlive, markOf } from "../../../src/home/process.ts"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
})
afterEach(() => command.close())

const pidOf = (): number => command.pid() ?? expect.fail("daemon.json names no daemon")
const alive = (pid: number): boolean => isAlive(markOf(pid))

it("starts in the background, is named by a second start, and stops", async () => {
  const first = await command.run(["start", "--json"])
  expect(first).toMatchObject({ code: 0, stderr: "" })
  const pid = pidOf()
  expect(first.json).toEqual([
    {
      started: true,
      pid,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      dashboard: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      home: command.home,
      log: join(command.home, "logs/daemon.log")
    }
  ])
  expect((await fetch(`${first.json[0]!.url}/v1/healthz`)).status).toBe(200)
  expect(statSync(command.home).mode & 0o777).toBe(0o700)
  expect(statSync(join(command.home, "logs/daemon.out")).mode & 0o777).toBe(0o600)

  for (const again of [["start"], ["start", "--foreground"], ["start", "--port", "7000"]]) {
    const { code, stdout } = await command.run(again)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`The daemon runs already (pid ${pid}).\n  API   ${first.json[0]!.url}`)
    })
  }
  expect(pidOf()).toBe(pid)

  expect(await command.run(["stop"])).toMatchObject({ code: 0, stdout: `The daemon (pid ${pid}) is stopped.\n` })
  expect(alive(pid)).toBe(false)
  expect((await command.run(["stop"])).code).toBe(3)
})

it("a restart with a value that is none leaves the daemon alone, and a start says that it changes nothing", async () => {
  const [before] = (await command.run(["start", "--json"])).json
  const bad = await command.run(["restart", "--bootstrap", "nonsense"])
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining("nonsense")])
  const again = await command.run(["start", "--json", "--durability", "os"])
  expect(again.json[0]).toMatchObject({ pid: before?.["pid"], started: false })
  expect((await command.run(["start", "--durability", "os"])).stderr).toContain("openpact restart")
})

it("restarts, also when it doesn't run", async () => {
  expect((await command.run(["restart"])).code).toBe(0)
  const old = pidOf()
  expect((await command.run(["restart"])).code).toBe(0)
  expect(pidOf()).not.toBe(old)
  expect(alive(old)).toBe(false)
})

it("stays in the foreground until SIGTERM, and ends with 0", async () => {
  const { child, ended, says } = command.start(["start", "--foreground"])
  await says("The daemon listens on http://127.0.0.1:")
  expect(pidOf()).toBe(child.pid)
  child.kill("SIGTERM")
  expect(await ended).toMatchObject({ code: 0, signal: null })
  expect((await command.run(["status"])).code).toBe(3)
})

it("takes a home from --home, ~ and all, over OPENPACT_HOME, and spells it in what it says", async () => {
  const up = await command.run(["--home=~/pacts of mine", "up"])
  const home = join(command.folder, "pacts of mine")
  expect(up.stdout).toContain(`Home  ${home}\n`)
  expect(up.stderr).toContain(`openpact --home '${home}' status`)
  expect((await command.run(["status"])).code).toBe(3)
  expect((await command.run(["stop", "--home", home])).code).toBe(0)
})

it("many starts at once make one daemon", async () => {
  const starts = await Promise.all(Array.from({ length: 4 }, () => command.run(["start", "--json"])))
  expect(starts.map(({ code, stderr }) => ({ code, stderr }))).toEqual(starts.map(() => ({ code: 0, stderr: "" })))
  expect(new Set(starts.map(({ json }) => json[0]!.pid))).toEqual(new Set([pidOf()]))
  expect(starts.filter(({ json }) => json[0]!.started === true)).toHaveLength(1)
})

it("names a stranger on the port", async () => {
  const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const { code, stderr } = await command.run(["start", "--port", String(port), "--json"])
  expect(code).toBe(6)
  expect(JSON.parse(stderr)).toMatchObject({
    error: "PORT_IN_USE",
    message: expect.stringMatching(
      new RegExp(`^Port ${port} is taken by a stranger \\([^/]*node[^/]*, pid ${process.pid}\\)\\.`)
    ),
    next: "openpact start --port 0"
  })
  // Below npm, and with a home that the command line names.
  const named = await command.run(["--home", command.home, "start", "--port", String(port), "--json"], {
    env: { npm_command: "exec" }
  })
  expect(JSON.parse(named.stderr).next).toBe(`npx openpact --home ${command.home} start --port 0`)
  await new Promise((resolve) => server.close(resolve))
})

it("names the daemon of another home on the port", async () => {
  const other = await openCommand()
  try {
    const [{ pid, url }] = (await other.run(["start", "--json"])).json as [{ pid: number; url: string }]
    const { code, stderr } = await command.run(["start", "--port", new URL(url).port])
    expect(code).toBe(6)
    expect(stderr).toContain(`is taken by the OpenPact daemon of another home (node, pid ${pid}).`)
  } finally {
    await other.close()
  }
})

it("says why it could not start, and where the log is", async () => {
  mkdirSync(command.home)
  writeFileSync(join(command.home, "holiday.jpg"), "")
  const { code, stderr } = await command.run(["start"])
  expect(code).toBe(1)
  expect(stderr).toContain("HOME_FOREIGN: ")
  expect(stderr).toContain("holds other files and is no home of OpenPact")
})

it("shows the last words of a daemon that dies without one", async () => {
  const dying = `if (process.argv.includes("--detached")) { console.error("out of luck"); process.abort() }`
  const { code, stderr } = await command.run(["start"], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(dying)}` }
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/NOT_STARTED: The daemon ended before it was ready \(SIG\w+\)\.\n {2}out of luck/)
  expect(stderr).toContain(`Its log: ${join(command.home, "logs/daemon.log")}\nTry: openpact start --foreground\n`)
})

it("sets a damaged daemon.json aside and says so", async () => {
  await command.run(["up"])
  await command.run(["stop"])
  writeFileSync(join(command.home, "daemon.json"), `{"version": 1, "apiToken"`)
  expect(await command.run(["status"])).toMatchObject({ code: 1, stderr: expect.stringContaining("HOME_INVALID") })
  const { code, stderr } = await command.run(["start"])
  expect(code).toBe(0)
  expect(stderr).toContain(join(command.home, "daemon.json"))
  expect((await command.run(["list", "--json"])).json).toHaveLength(1)
})

it("restarts a daemon whose daemon.json was damaged while it runs", async () => {
  const { json } = await command.run(["up", "--json"])
  const old = Number(json[0]!["pid"])
  writeFileSync(join(command.home, "daemon.json"), "{ half")
  const start = await command.run(["start", "--foreground"])
  expect(start).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/HOME_BUSY: .* damaged meanwhile\..*: openpact restart\n$/)
  })
  const restart = await command.run(["restart"])
  expect(restart, restart.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("The daemon runs (pid ") })
  expect(alive(old)).toBe(false)
  expect((await command.run(["list", "--json"])).json).toHaveLength(1)
})

it("gives its token to nobody while others can read the file", async () => {
  await command.run(["start"])
  chmodSync(join(command.home, "daemon.json"), 0o644)
  const { code, stderr, stdout } = await command.run(["token", "--show"])
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  expect(stderr).toContain("chmod 600")
  chmodSync(join(command.home, "daemon.json"), 0o600)
  const token = (await command.run(["token", "--show"])).stdout
  expect(JSON.parse(readFileSync(join(command.home, "daemon.json"), "utf8")).apiToken).toBe(token.trim())
})

it("does not take a process for the daemon that only has its pid", async () => {
  await command.run(["start"])
  const pid = pidOf()
  process.kill(pid, "SIGKILL")
  await expect.poll(() => alive(pid)).toBe(false)
  expect(await command.run(["stop"])).toMatchObject({ code: 3, stderr: expect.stringContaining("without a stop") })

  const sleeper = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
  const path = join(command.home, "daemon.json")
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), pid: sleeper.pid }))
  expect((await command.run(["stop"])).code).toBe(3)
  expect(sleeper.exitCode).toBeNull()
  sleeper.kill("SIGKILL")
  expect((await command.run(["start"])).code).toBe(0)
})
