import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { makeCommand } from "../../kit/command.ts"
import { live } from "../../kit/live.ts"
import { mcpClient, stdioOf } from "../../kit/mcp.ts"

live(
  "openpact mcp says that no daemon runs, and finds one that comes, and one that comes back",
  () =>
    Effect.gen(function* () {
      const command = yield* makeCommand
      const { call, client } = yield* mcpClient("2025-11-25", stdioOf(command))
      yield* Effect.promise(async () => {
        expect(await call("status")).toMatch(/^NO_DAEMON: .*openpact start/)
        expect((await client.listResources()).resources).toEqual([])
        await command.run(["start"])
        expect(await call("status")).toMatchObject({ daemon: { pact_count: 0 } })
        await command.run(["up", "--name", "Work", "--no-interactive"])
        expect(await call("record", { topic: "t", content: "One" })).toMatchObject({ id: expect.any(String) })
        await command.run(["restart"])
        expect(await call("recall", { topic: "t" })).toMatchObject({ items: [{ quote: "One" }] })
      })
    }),
  60_000
)

live("openpact mcp ends with its input, and puts nothing but answers on stdout", () =>
  Effect.gen(function* () {
    const command = yield* makeCommand
    const input = `${JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } }
    })}\n`
    const running = command.start(["mcp"], { input })
    const { code, json, stderr } = yield* Effect.promise(() => running.ended)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    for (const message of json) expect(message["jsonrpc"]).toBe("2.0")
  })
)
