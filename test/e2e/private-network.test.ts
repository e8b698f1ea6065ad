import { Effect, Exit, Scope } from "effect"
import { describe, expect } from "vitest"
import { makeCommand } from "../kit/command.ts"
import { startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { openHome } from "../kit/home.ts"
import { live } from "../kit/live.ts"
import { joinHome } from "../kit/machines.ts"
import { tempDir } from "../kit/temp.ts"
import { freePort } from "../kit/testnet.ts"

const promise = <A>(run: () => Promise<A>) => Effect.promise(run)

describe("a private network", () => {
  live("openpact bootstrap is all that it needs, and a member that leaves is missed at once", () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const port = String(yield* promise(freePort))
      const args = ["bootstrap", "--host", "127.0.0.1", "--port", port]
      const boot = command.start(args)
      yield* promise(() => boot.says("until Ctrl-C"))
      const second = yield* promise(() => command.run(args))
      expect(second).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("PORT_IN_USE") })

      const [adaDir, bobDir] = [yield* tempDir(), yield* tempDir()]
      const scope = yield* Scope.fork(yield* Effect.scope)
      const bobKey = yield* Effect.gen(function* () {
        const { pacts } = yield* openHome(adaDir).pipe(Scope.provide(scope))
        yield* pacts.create({ name: "Accord" })
        return yield* joinHome(bobDir, "accord", yield* pacts.find("accord"))
      })
      yield* Scope.close(scope, Exit.void)
      const env = { OPENPACT_BOOTSTRAP: `127.0.0.1:${port}` }
      const ada = yield* startDaemon(adaDir, { env })
      const events = yield* openEvents(ada)
      const seen = (name: string) =>
        events.until(name, (frames) =>
          frames.some(({ data, event }) => event === name && data["member_key"] === bobKey) ? true : null
        )
      const bob = yield* startDaemon(bobDir, { env })
      yield* seen("member-online")
      const left = yield* promise(() => command.run(["--home", bobDir, "leave", "--yes", "--json"]))
      expect(left.json).toMatchObject([{ ok: true, removed: { alias: "accord" }, announced: true }])
      yield* seen("member-removed")
      expect(yield* ada.get("/v1/pacts/accord/status")).toMatchObject({ agents: 1 })
      expect(yield* bob.get("/v1/pacts")).toEqual({ current: null, pacts: [] })
      expect((yield* ada.stop).code).toBe(0)
      expect((yield* bob.stop).code).toBe(0)

      boot.child.kill("SIGTERM")
      const { code, stdout } = yield* promise(() => boot.ended)
      expect([code, stdout]).toEqual([0, `127.0.0.1:${port}\n`])
    })
  )

  live("bootstrap takes an address of this machine and a port that can be told", () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      for (const args of [
        ["--host", "192.0.2.1", "--port", "50000"],
        ["--host", "somewhere"],
        ["--host", "127.0.0.1", "--port", "0"]
      ]) {
        const { code, stderr, stdout } = yield* promise(() => command.run(["bootstrap", ...args]))
        expect([args, code, stdout, stderr]).toEqual([
          args,
          2,
          "",
          expect.stringContaining("openpact bootstrap --help")
        ])
      }
      const port = String(yield* promise(freePort))
      const json = command.start(["bootstrap", "--host", "127.0.0.1", "--port", port, "--json"])
      yield* promise(() => json.says("}"))
      json.child.kill("SIGINT")
      const ended = yield* promise(() => json.ended)
      expect(ended).toMatchObject({ code: 0, stderr: "" })
      expect(ended.json).toEqual([{ bootstrap: `127.0.0.1:${port}`, host: "127.0.0.1", port: Number(port) }])
    })
  )
})
