import { Effect } from "effect"
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { tempDir } from "../../kit/temp.ts"
import { entry, startDaemon } from "../kit/daemon.ts"
import { atMost, median, shown } from "../kit/figures.ts"
import type { Part } from "../part.ts"

const rounds = 25

/** How long the command takes, against a node that has nothing to do. */
export const command: Part = {
  about: "the command line",
  run: Effect.gen(function* () {
    const home = yield* tempDir("openpact-bench")
    const empty = join(yield* tempDir("openpact-bench"), "empty.mjs")
    writeFileSync(empty, "")
    const daemon = yield* startDaemon(home, { pact: false })
    yield* daemon.call("POST", "/v1/pacts", { name: "Bench", confirm: true })
    const commands = {
      empty: [empty],
      version: [entry, "--version"],
      status: [entry, "status", "--home", home],
      begin: [entry, "hook", "SessionStart", "--home", home],
      turn: [entry, "hook", "PreToolUse", "--home", home]
    }
    const names = ["empty", "version", "status", "begin", "turn"] as const
    const times: Record<(typeof names)[number], Array<number>> = {
      empty: [],
      version: [],
      status: [],
      begin: [],
      turn: []
    }
    for (let round = -2; round < rounds; round++) {
      for (const name of names) {
        const ms = yield* Effect.promise(() => timeOf(commands[name]))
        if (round >= 0) times[name].push(ms)
      }
    }
    const node = median(times.empty)
    const figure = (name: (typeof names)[number], shownAs: string, limit: number) =>
      atMost(
        `${shownAs}, of an empty script`,
        median(times[name]) / node,
        limit,
        "x",
        ` (${shown(node)} to ${shown(median(times[name]))} ms)`
      )
    return [
      figure("version", "openpact --version", 3),
      figure("status", "openpact status", 5),
      figure("begin", "openpact hook SessionStart", 4),
      figure("turn", "openpact hook PreToolUse", 3)
    ]
  })
}

const timeOf = (args: ReadonlyArray<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    // The project of a hook, as Claude Code says it.
    const env = { ...process.env, CLAUDE_PROJECT_DIR: tmpdir() }
    spawn(process.execPath, args, { stdio: "ignore", env }).once("exit", (code) =>
      code === 0 ? resolve(performance.now() - start) : reject(new Error(`${args.join(" ")} ended with ${code}`))
    )
  })
