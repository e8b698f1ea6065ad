import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { bin, root } from "../../kit/build.ts"
import { makeCommand } from "../../kit/command.ts"
import { live } from "../../kit/live.ts"

const inspector = join(root, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js")

/**
 * What is asked, and something that the answer must hold. `--strict` finds schemas that some clients can't take, `--verify`
 * reads every skill and checks it.
 */
const looks = [
  { ask: ["tools/list", "--strict"], holds: "revoke_member", says: "" },
  { ask: ["resources/list"], holds: "sales", says: "" },
  {
    ask: ["skills/list", "--verify", "--require-digests"],
    holds: "skill://openpact/SKILL.md",
    says: "Verified 1 skill and 2 files: no conformance errors.\n"
  }
]

live(
  "the inspector finds nothing to complain of, on both ways and in both eras",
  () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const run = (args: ReadonlyArray<string>, bin?: string) =>
        Effect.promise(() => command.run(args, bin === undefined ? {} : { bin }))
      const up = yield* run(["up", "--name", "Work", "--no-interactive"])
      expect(up.code, up.stderr).toBe(0)
      yield* run(["record", "Tuesdays convert better", "--topic", "sales"])
      const { apiToken, port } = JSON.parse(readFileSync(join(command.home, "daemon.json"), "utf8"))
      const variables = Object.entries(command.env).flatMap(([name, value]) => ["-e", `${name}=${value}`])
      const ways = {
        stdio: [...variables, process.execPath, bin(), "mcp"],
        HTTP: ["--server-url", `http://127.0.0.1:${port}/mcp`, "--header", `Authorization: Bearer ${apiToken}`]
      }
      for (const [way, target] of Object.entries(ways)) {
        for (const era of ["legacy", "modern"]) {
          for (const { ask, holds, says } of looks) {
            const args = [
              "--cli",
              "--format",
              "json",
              "--protocol-era",
              era,
              "--connect-timeout",
              "60000",
              "--method",
              ...ask,
              ...target
            ]
            const ran = yield* run(args, inspector)
            expect(ran, `${ask[0]} over ${way}, ${era}`).toMatchObject({ code: 0, stderr: says })
            expect(ran.stdout).toContain(holds)
          }
        }
      }
    }),
  180_000
)
