import { Effect } from "effect"
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
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
    const commands = { empty: [empty], version: [entry, "--version"], status: [entry, "status", "--home", home] }
    const times = { empty: [], version: [], status: [] } as Record<keyof typeof commands, Array<number>>
    for (let round = -2; round < rounds; round++) {
      for (const name of ["empty", "version", "status"] as const) {
        const ms = yield* Effect.promise(() => timeOf(commands[name]))
        if (round >= 0) times[name].push(ms)
      }
    }
    const node = median(times.empty)
    const figure = (name: "version" | "status", shownAs: string, limit: number) =>
      atMost(
        `${shownAs}, of an empty script`,
        median(times[name]) / node,
        limit,
        "x",
        ` (${shown(node)} to ${shown(median(times[name]))} ms)`
      )
    return [figure("version", "openpact --version", 3), figure("status", "openpact status", 5)]
  })
}

const timeOf = (args: ReadonlyArray<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    spawn(process.execPath, args, { stdio: "ignore" }).once("exit", (code) =>
      code === 0 ? resolve(performance.now() - start) : reject(new Error(`${args.join(" ")} ended with ${code}`))
    )
  })
