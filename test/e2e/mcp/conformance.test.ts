import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../kit/build.ts"
import { makeCommand } from "../../kit/command.ts"
import { live } from "../../kit/live.ts"
import { tokenProxy } from "../../kit/token-proxy.ts"

const suite = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js")
/** What may fail, check by check, and why. The suite also fails when one of these passes. */
const expected = join(import.meta.dirname, "conformance.yaml")

/** How many scenarios each revision has, so that none is lost unseen. */
const revisions = { "2025-03-26": 1, "2025-06-18": 27, "2025-11-25": 33, "2026-07-28": 40 }

live(
  "/mcp passes the public conformance suite in every revision, but for what is listed",
  () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const up = yield* Effect.promise(() => command.run(["up", "--name", "Work", "--no-interactive"]))
      expect(up.code, up.stderr).toBe(0)
      yield* Effect.promise(() => command.run(["record", "Tuesdays convert better", "--topic", "sales"]))
      const { apiToken, port } = JSON.parse(readFileSync(join(command.home, "daemon.json"), "utf8"))
      const url = `http://127.0.0.1:${yield* tokenProxy(port, apiToken)}/mcp`
      for (const [revision, scenarios] of Object.entries(revisions)) {
        const args = ["server", "--url", url, "--suite", "all", "--spec-version", revision, "--timeout", "60000"]
        const ran = yield* Effect.promise(() => command.run([...args, "--expected-failures", expected], { bin: suite }))
        expect(ran.stdout, revision).toContain(`(${scenarios} scenarios)`)
        expect(ran.code, `${revision}\n${ran.stdout}${ran.stderr}`).toBe(0)
      }
    }),
  180_000
)
