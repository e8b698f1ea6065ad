import { Effect } from "effect"
import { afterEach, beforeEach, expect } from "vitest"
import { type Command, openCommand } from "../../kit/command.ts"
import { doomedDaemon, startDaemon } from "../../kit/daemon.ts"
import { live } from "../../kit/live.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
})
afterEach(() => command.close())

const contents = Effect.promise(async () => {
  const { code, json, stderr } = await command.run(["knowledge", "--json"])
  expect(code, stderr).toBe(0)
  return json.map(({ id, payload }) => [id, (payload as { readonly content: string }).content])
})

live(
  "a write whose daemon is killed under it goes to the next one, on another port, and is done once",
  () =>
    Effect.gen(function* () {
      const expected: Array<readonly [id: string, content: string]> = []
      for (const step of ["a sync", "a batch of RocksDB", "an answer"]) {
        const first = yield* doomedDaemon(command.home, step)
        if (expected.length === 0) yield* first.send("POST", "/v1/pacts", { name: "Work", confirm: true })
        yield* first.arm
        const recording = command.start(["record", step, "--topic", "t"])
        yield* first.exited
        expect(first.output()).toContain(`dies before ${step}`)
        const second = yield* startDaemon(command.home)
        expect(second.port).not.toBe(first.port)
        const { code, stderr, stdout } = yield* Effect.promise(() => recording.ended)
        expect(code, stderr).toBe(0)
        expected.push([stdout.trim(), step])
        expect((yield* contents).toSorted()).toEqual(expected.toSorted())
        yield* second.stop
      }
    }),
  120_000
)
