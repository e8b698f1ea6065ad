import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ask, ask, authorization, expectError, startServer, type TestServer, Wire } from "../../kit/http.ts"

let server: TestServer
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "openpact-site-"))
  mkdirSync(join(folder, "site/assets"), { recursive: true })
  writeFileSync(join(folder, "secret.html"), "secret")
  writeFileSync(join(folder, "site/index.html"), "<!doctype html>")
  writeFileSync(join(folder, "site/assets/app-1a2b.js"), "run()")
  writeFileSync(join(folder, "site/assets/app-1a2b.js.map"), "{}")
  server = await startServer({ dashboard: { port: 0, folder: join(folder, "site") } })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const own = () => `http://127.0.0.1:${server.dashboardPort}`
/** A request to the dashboard's port, as a page of it sends one. */
const onPage = ({ headers, ...rest }: Ask) =>
  ask(server.dashboardPort, { ...rest, headers: { authorization: undefined, origin: own(), ...headers } })

const linked = async (): Promise<URL> => {
  const { body, status } = await ask(server.port, { method: "POST", path: "/v1/dashboard/links" })
  expect(status).toBe(200)
  return new URL((JSON.parse(body) as { readonly url: string }).url)
}
const codeOf = (link: URL): string => link.hash.replace("#session=", "")
const spend = (code: string, headers: Ask["headers"] = {}) =>
  onPage({ method: "POST", path: "/session", headers, body: { code } })

/** The headers of a session that was just opened. */
const signedIn = async () => {
  const reply = await spend(codeOf(await linked()))
  expect(reply.status).toBe(200)
  const { key } = JSON.parse(reply.body) as { readonly key: string }
  return { cookie: reply.headers["set-cookie"]!.split(";")[0]!, "openpact-session": key }
}

describe("a link", () => {
  it("is made for whoever has the token, and leads to the dashboard with a code behind the #", async () => {
    const link = await linked()
    expect(link.origin).toBe(own())
    expect(link.pathname + link.search).toBe("/")
    expect(codeOf(link)).toMatch(/^[\w-]{43}$/)
    const none = await ask(server.port, {
      method: "POST",
      path: "/v1/dashboard/links",
      headers: { authorization: undefined }
    })
    expectError(none, 401, "UNAUTHORIZED")
  })
  it("opens a session once, with a cookie that no script and no other site gets and that names the port", async () => {
    const code = codeOf(await linked())
    const reply = await spend(code)
    expect(reply.headers["set-cookie"]).toMatch(
      new RegExp(`^openpact-${server.dashboardPort}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`)
    )
    expectError(await spend(code), 401, "UNAUTHORIZED")
  })
  it("is spent by the page of the dashboard and by no other", async () => {
    const code = codeOf(await linked())
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: `http://127.0.0.1:${server.port}` },
      { origin: undefined },
      { "sec-fetch-site": "same-site" }
    ]) {
      expectError(await spend(code, headers), 403, "FORBIDDEN_ORIGIN")
    }
    expectError(await spend(code, { host: "evil.example" }), 403, "FORBIDDEN_HOST")
    expect((await spend(code)).status).toBe(200)
  })
})

it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "a link is not spent by another user of this machine (to try this takes root)",
  async ({ skip }) => {
    const link = await linked()
    const post = `
      const [, origin, code] = process.argv
      const headers = { "content-type": "application/json", origin }
      fetch(origin + "/session", { method: "POST", headers, body: JSON.stringify({ code }) }).then(
        async (answer) => console.log(answer.status, await answer.text())
      )`
    const stranger = await new Promise<string>((resolve) =>
      execFile(process.execPath, ["-e", post, own(), codeOf(link)], { uid: 65_534, cwd: "/" }, (error, stdout) =>
        resolve(stdout || String(error))
      )
    )
    skip(/EACCES/.test(stranger), "the other user may not run this Node")
    expect(stranger).toMatch(/^403 .*another user/)
    expect((await spend(codeOf(link))).status).toBe(200)
  }
)

describe("a session", () => {
  it("opens the API of its own origin, reads and changes", async () => {
    const session = await signedIn()
    expect((await onPage({ path: "/v1/status", headers: { ...session, origin: undefined } })).status).toBe(200)
    const body = { topic: "t", content: "c" }
    const path = "/v1/pacts/test/knowledge"
    expect((await onPage({ method: "POST", path, headers: session, body })).status).toBe(200)
  })
  it("is both halves: the cookie that other ports may see is not enough, and neither is the key", async () => {
    const { cookie, "openpact-session": key } = await signedIn()
    const other = await signedIn()
    for (const headers of [
      {},
      { cookie },
      { "openpact-session": key },
      { cookie: other.cookie, "openpact-session": key },
      { cookie: `${cookie}; ${cookie}`, "openpact-session": key }
    ]) {
      expectError(await onPage({ path: "/v1/status", headers }), 401, "UNAUTHORIZED")
    }
  })
  it("changes nothing that doesn't say that it comes from the page", async () => {
    const session = await signedIn()
    const change = { method: "POST", path: "/v1/pacts/test/knowledge", body: { topic: "t", content: "c" } }
    for (const more of [
      { origin: undefined },
      { origin: "http://127.0.0.1:1" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" }
    ]) {
      expectError(await onPage({ ...change, headers: { ...session, ...more } }), 403, "FORBIDDEN_ORIGIN")
    }
  })
  it("makes no links: nobody can stretch a session without the token", async () => {
    const headers = await signedIn()
    expectError(await onPage({ method: "POST", path: "/v1/dashboard/links", headers }), 403, "FORBIDDEN_ORIGIN")
  })
  it("is for the dashboard's port, and the token for the API's", async () => {
    const session = await signedIn()
    const atApi = { ...session, authorization: undefined, origin: undefined }
    expectError(await ask(server.port, { path: "/v1/status", headers: atApi }), 401, "UNAUTHORIZED")
    expectError(await onPage({ path: "/v1/status", headers: { authorization } }), 401, "UNAUTHORIZED")
  })
  it("ends when somebody signs out, and its streams end with it", async () => {
    const session = await signedIn()
    const wire = await Wire.open(server.dashboardPort)
    const lines = Object.entries({ host: `127.0.0.1:${server.dashboardPort}`, ...session })
    wire.send(`GET /v1/events HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`)
    expect((await wire.reply("head")).status).toBe(200)
    const closed = new Promise((resolve) => wire.socket.once("close", resolve))
    const left = await onPage({ method: "DELETE", path: "/session", headers: session })
    expect(left.headers["set-cookie"]).toContain("Max-Age=0")
    await closed
    expectError(await onPage({ path: "/v1/status", headers: session }), 401, "UNAUTHORIZED")
  })
  it("is ended by nobody who has the cookie alone", async () => {
    const session = await signedIn()
    await onPage({ method: "DELETE", path: "/session", headers: { cookie: session.cookie } })
    expect((await onPage({ path: "/v1/status", headers: session })).status).toBe(200)
  })
})

describe("the files", () => {
  it("come with a policy that lets no text become code and no page frame them", async () => {
    const { body, headers, status } = await onPage({ path: "/", headers: { origin: undefined } })
    expect([status, body]).toEqual([200, "<!doctype html>"])
    const policy = headers["content-security-policy"]!
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'"
    ]) {
      expect(policy.split("; ")).toContain(rule)
    }
    expect(policy).not.toMatch(/unsafe|data:|http/)
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-cache"
    })
  })
  it("are kept for ever where their names change with them", async () => {
    const { headers } = await onPage({ path: "/assets/app-1a2b.js?x=1" })
    expect(headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/javascript; charset=utf-8"
    })
  })
  it("are those of the dashboard and no others", async () => {
    for (const path of [
      "/../secret.html",
      "/%2e%2e/secret.html",
      "/assets/../../secret.html",
      "/assets/app-1a2b.js.map",
      "/assets",
      "/index.html/",
      "//etc/passwd"
    ]) {
      expectError(await onPage({ path }), 404, "NOT_FOUND")
    }
    expectError(await onPage({ path: "/", headers: { host: "evil.example" } }), 403, "FORBIDDEN_HOST")
    expectError(await onPage({ method: "POST", path: "/", body: {} }), 405, "METHOD_NOT_ALLOWED")
  })
})

it("a port that is taken makes room, and says so", async () => {
  const second = await startServer({ dashboard: { port: server.dashboardPort, folder } })
  expect(second.dashboardPort).not.toBe(server.dashboardPort)
  expect(second.log.join()).toContain(`Port ${server.dashboardPort} is taken`)
  await second.stop()
})

it("a daemon without a dashboard makes no links", async () => {
  const without = await startServer()
  expectError(await ask(without.port, { method: "POST", path: "/v1/dashboard/links" }), 503, "NOT_READY")
  await without.stop()
})
