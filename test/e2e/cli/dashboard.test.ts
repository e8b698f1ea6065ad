import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Command, openCommand } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeAll(async () => {
  command = await openCommand()
  expect((await command.run(["up", "--name", "Oak"])).code).toBe(0)
})
afterAll(() => command.close())

const link = /^http:\/\/127\.0\.0\.1:\d+\/#session=[\w-]{43}$/

it("prints a link that opens the dashboard once", async () => {
  const { code, stderr, stdout } = await command.run(["dashboard", "--print"])
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout.trim()).toMatch(link)
  const { hash, origin } = new URL(stdout.trim())
  expect((await fetch(origin)).headers.get("content-security-policy")).toContain("default-src 'none'")
  const spend = () =>
    fetch(`${origin}/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ code: hash.replace("#session=", "") })
    })
  expect((await spend()).status).toBe(200)
  expect((await spend()).status).toBe(401)
})

it("opens the browser, and shows no link that was spent", { skip: process.platform !== "linux" }, async () => {
  const tools = join(command.folder, "tools")
  mkdirSync(tools)
  writeFileSync(join(tools, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > ${join(tools, "opened")}\n`)
  chmodSync(join(tools, "xdg-open"), 0o755)
  const env = { PATH: `${tools}:${process.env["PATH"]}`, DISPLAY: ":0" }
  const { code, stdout } = await command.run(["dashboard"], { env })
  expect([code, readFileSync(join(tools, "opened"), "utf8")]).toEqual([0, expect.stringMatching(link)])
  expect(stdout).not.toContain("#")
})

it("prints the link where no browser can be opened", async () => {
  const { code, stderr, stdout } = await command.run(["dashboard"], { env: { DISPLAY: "", WAYLAND_DISPLAY: "" } })
  expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(link)])
  expect(stderr).toContain("It works once")
})

it("says so where there is none, or no daemon", async () => {
  expect((await command.run(["stop"])).code).toBe(0)
  expect(await command.run(["dashboard"])).toMatchObject({ code: 3 })
  expect((await command.run(["start", "--no-dashboard"])).code).toBe(0)
  const { code, stderr } = await command.run(["dashboard"])
  expect(code).not.toBe(0)
  expect(stderr).toContain("NOT_READY: This daemon runs without a dashboard.")
})
