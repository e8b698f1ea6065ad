import { Effect, Exit } from "effect"
import { NodeRuntime } from "@effect/platform-node"
import { cpus, loadavg } from "node:os"
import { type Figure, tableOf } from "./kit/figures.ts"
import type { Part } from "./part.ts"
import { command } from "./parts/command.ts"
import { dashboard } from "./parts/dashboard.ts"
import { disk } from "./parts/disk.ts"
import { memory } from "./parts/memory.ts"
import { join } from "./parts/join.ts"
import { network } from "./parts/network.ts"
import { reads } from "./parts/reads.ts"
import { start } from "./parts/start.ts"
import { tasks } from "./parts/tasks.ts"
import { writes } from "./parts/writes.ts"

const parts: Readonly<Record<string, Part>> = {
  writes,
  reads,
  tasks,
  start,
  memory,
  disk,
  command,
  network,
  join,
  dashboard
}

/** `npm run bench` measures everything, `npm run bench -- writes reads` only these parts. */
const program = Effect.gen(function* () {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => parts[name] === undefined)
  if (unknown.length > 0) {
    return yield* Effect.die(`no part ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}`)
  }
  const figures: Array<Figure> = []
  say(`Node ${process.versions.node}, ${cpus().length} CPUs (${cpus()[0]?.model}), load ${loadavg()[0]!.toFixed(1)}`)
  for (const [name, part] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    say(`${name}: ${part.about}`)
    const start = performance.now()
    const measured = yield* Effect.scoped(part.run)
    figures.push(...measured)
    for (const { met, name, value } of measured) say(`  ${met === false ? "MISSED " : ""}${name}: ${value}`)
    say(`  ${((performance.now() - start) / 1000).toFixed(0)} s, load ${loadavg()[0]!.toFixed(1)}`)
  }
  console.log(tableOf(figures))
})

/** Progress goes to stderr, so that stdout holds the table alone. */
const say = (line: string) => console.error(line)

NodeRuntime.runMain(program, { teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : 1) })
