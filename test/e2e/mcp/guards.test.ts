import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { request } from "node:http"
import { join } from "node:path"
import { startDaemon } from "../../kit/daemon.ts"
import { live } from "../../kit/live.ts"
import { tempDir } from "../../kit/temp.ts"

/** The status and the body of an answer. */
const send = (port: number, method: string, headers: Readonly<Record<string, string>>, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: "/mcp", method, headers, agent: false }, (response) => {
      let answer = `${response.statusCode} `
      response
        .setEncoding("utf8")
        .on("data", (chunk: string) => (answer += chunk))
        .on("end", () => resolve(answer))
    })
    asked.on("error", reject).end(text)
  })

const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })

live("/mcp stands behind the guards of the API", () =>
  Effect.gen(function* () {
    const daemon = yield* startDaemon(join(yield* tempDir(), "home"))
    const { port, token } = daemon
    const ask = (headers: Readonly<Record<string, string>>, method = "POST", text = body) =>
      Effect.promise(() =>
        send(
          port,
          method,
          {
            accept: "application/json, text/event-stream",
            ...(method === "POST" ? { "content-type": "application/json" } : {}),
            ...headers
          },
          method === "POST" ? text : ""
        )
      )
    const trusted = { authorization: `Bearer ${token}` }
    expect(yield* ask(trusted)).toMatch(/^200 [^]*revoke_member/)
    expect(yield* ask({})).toMatch(/^401 [^]*"UNAUTHORIZED"/)
    expect(yield* ask({ authorization: `Bearer ${"0".repeat(64)}` })).toMatch(/^401 /)
    expect(yield* ask({ ...trusted, host: "evil.example" })).toMatch(/^403 [^]*"FORBIDDEN_HOST"/)
    expect(yield* ask({ ...trusted, origin: "http://evil.example" })).toMatch(/^403 [^]*"FORBIDDEN_ORIGIN"/)
    expect(yield* ask({ ...trusted, "content-type": "text/plain" })).toMatch(/^415 /)
    expect(yield* ask(trusted, "POST", `"${"x".repeat(200_000)}"`)).toMatch(/^413 /)
    expect(yield* ask(trusted, "GET")).toMatch(/^405 /)
    for (const method of ["TRACE", "PUT", "HEAD", "OPTIONS"]) expect(yield* ask(trusted, method)).toMatch(/^405 /)
    expect(yield* ask(trusted, "POST", "{")).toMatch(/^400 /)
    const { code } = yield* daemon.stop
    expect(code).toBe(0)
  })
)

live(
  "a tool that asks the API counts once for the rate limit, as every request does",
  () =>
    Effect.gen(function* () {
      const limit = 40
      const home = join(yield* tempDir(), "home")
      const daemon = yield* startDaemon(home, { env: { OPENPACT_RATE_LIMIT: String(limit) } })
      yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
      const params = { name: "status", arguments: {} }
      const ask = Effect.promise(() =>
        send(
          daemon.port,
          "POST",
          {
            accept: "application/json, text/event-stream",
            "content-type": "application/json",
            authorization: `Bearer ${daemon.token}`
          },
          JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })
        )
      )
      // This tool asks the API twice, so it would be over after thirteen.
      for (let i = 0; i < 20; i++) expect(yield* ask).toMatch(/^200 [^]*"pact_count\\?":1/)
      let last = ""
      for (let i = 0; i < 2 * limit && !last.startsWith("429"); i++) last = yield* ask
      expect(last).toMatch(/^429 [^]*RATE_LIMITED/)
    }),
  60_000
)
