import { Redacted } from "effect"
import { expect, it } from "vitest"
import { mcpMount } from "../../../src/daemon/mcp-mount.ts"

const request = () => new Request("http://127.0.0.1/mcp", { method: "POST" })
const api = { port: 1, uncount: () => {} }

it("says what to do where a new build took its files away, and looks again", async () => {
  const missing = Object.assign(new Error("Cannot find module"), { code: "ERR_MODULE_NOT_FOUND" })
  const makeHttp = () => ({ fetch: async () => new Response("served"), close: async () => {} })
  const answers = [() => Promise.reject(missing), () => Promise.resolve({ makeHttp })]
  const mount = mcpMount({ version: "1", token: Redacted.make("t"), load: () => answers.shift()!() })

  const gone = await mount.fetch(request(), api)
  expect(gone.status).toBe(500)
  expect(await gone.json()).toMatchObject({ error: "INTERNAL", message: expect.stringMatching(/: openpact restart$/) })
  for (let i = 0; i < 2; i++) expect(await (await mount.fetch(request(), api)).text()).toBe("served")
  await mount.close()
})

it("hides no fault of its own", async () => {
  const load = () => Promise.reject(new TypeError("no"))
  const mount = mcpMount({ version: "1", token: Redacted.make("t"), load })
  await expect(mount.fetch(request(), api)).rejects.toThrow(TypeError)
  await mount.close()
})
