import { Effect } from "effect"
import { makeCommand, type RunOptions } from "../../kit/command.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"
import { atMost, type Figure, median, quantile, shown } from "../kit/figures.ts"
import type { Part } from "../part.ts"

const rounds = 7

/** A machine on a private network, and what it takes to run a command on it, ms. */
const machine = Effect.fnUntraced(function* (boot: Bootstrap) {
  const command = yield* makeCommand
  const options: RunOptions = { env: { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") } }
  return Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
    const start = performance.now()
    const { code, stderr, stdout } = yield* Effect.promise(() => command.run(args, options))
    if (code !== 0) return yield* Effect.die(new Error(`${args.join(" ")} ended with ${code}: ${stderr}`))
    return { stdout: stdout.trim(), ms: performance.now() - start }
  })
})

/**
 * From `openpact join` with the link to its end, where the machine is a member. Another pact and another new machine each
 * time: those that are gone would still be found in the DHT, and dialled.
 */
export const join: Part = {
  about: "openpact join over a private network",
  run: Effect.gen(function* () {
    const boot = yield* testnet
    const ada = yield* machine(boot)
    let count = 0
    const times = { running: [] as Array<number>, started: [] as Array<number> }
    for (let round = -1; round < rounds; round++) {
      for (const daemon of ["running", "started"] as const) {
        const alias = `accord-${count++}`
        yield* ada("init", "--name", "Accord", "--alias", alias)
        const { stdout: url } = yield* ada("invite", "--pact", alias)
        const { ms } = yield* Effect.scoped(
          Effect.gen(function* () {
            const bob = yield* machine(boot)
            if (daemon === "running") yield* bob("start")
            return yield* bob("join", url)
          })
        )
        // The first round warms up.
        if (round >= 0) times[daemon].push(ms / 1000)
      }
    }
    const figure = (name: string, seconds: ReadonlyArray<number>): Figure => {
      const sorted = seconds.toSorted((a, b) => a - b)
      return atMost(name, median(sorted), 3, " s", ` (p90 ${shown(quantile(sorted, 0.9))} s)`)
    }
    return [
      figure("openpact join to member, p50, its daemon runs", times.running),
      figure("openpact join to member, p50, it starts the daemon", times.started)
    ]
  }).pipe(Effect.orDie)
}
