import { Schema } from "effect"
import { createServer } from "node:net"
import { expect, it } from "vitest"
import { flagArgs } from "../../../src/cli/daemon-flags.ts"
import { pactName } from "../../../src/cli/pact-names.ts"
import { holderOf } from "../../../src/cli/holders.ts"
import { Alias, slugOf } from "../../../src/domain/ids.ts"
import { PactName } from "../../../src/domain/payloads.ts"

it("names who listens on a port", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  expect(holderOf(port)?.pid).toBe(process.pid)
  await new Promise((resolve) => server.close(resolve))
  expect(holderOf(port)).toBeNull()
})

it("thinks of names that pacts may have", () => {
  const names = new Set(Array.from({ length: 200 }, () => pactName()))
  expect(names.size).toBeGreaterThan(50)
  for (const name of names) {
    expect(Schema.is(PactName)(name)).toBe(true)
    expect(Schema.is(Alias)(slugOf(name))).toBe(true)
  }
})

it("hands flags on as they were typed", () => {
  expect(flagArgs({ port: "0", noColor: true, paranoid: false, bootstrap: undefined, logLevel: "debug" })).toEqual([
    "--port=0",
    "--no-color",
    "--log-level=debug"
  ])
})
