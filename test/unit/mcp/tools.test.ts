import { describe, expect, it } from "vitest"
import { tools } from "../../../src/mcp/tools.ts"
import { type Client, createClient } from "../../../src/sdk/promise/browser.ts"

const definitions = tools.map(({ definition }) => definition)
const named = (name: string) => tools.find(({ definition }) => definition.name === name)!

describe("the tools", () => {
  it("take at most 8 KB in tools/list", () => {
    expect(Buffer.byteLength(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools: definitions } }))).toBeLessThan(
      8192
    )
  })

  it("are those of the surface, each name once", () => {
    expect(definitions.map(({ name }) => name).sort()).toEqual(
      [
        ["status", "agents", "recall", "record", "changes", "read_messages", "send_message"],
        ["list_tasks", "get_task", "create_task", "claim_task", "renew_task", "complete_task", "release_task"],
        ["list_skills", "share_skill", "get_skill", "list_pacts", "switch_pact", "grant_member", "revoke_member"]
      ]
        .flat()
        .sort()
    )
  })

  it("say what they do to the pact", () => {
    const reading = definitions.filter(({ annotations }) => annotations.readOnlyHint)
    expect(reading.map(({ name }) => name)).toEqual(
      definitions
        .map(({ name }) => name)
        .filter((name) => /^(status|agents|recall|changes|(list|get|read)_)/.test(name))
    )
    const destroying = definitions.filter(
      ({ annotations }) => annotations.readOnlyHint !== true && annotations.destructiveHint !== false
    )
    expect(destroying.map(({ name }) => name)).toEqual(["revoke_member"])
  })

  it("refuse arguments they don't know, and those of another type, without asking anybody", async () => {
    const client = createClient({
      token: "0".repeat(64),
      fetch: () => Promise.reject(new Error("somebody was asked"))
    })
    const context = { client, signal: new AbortController().signal }
    const unknown = await named("recall").call({ quary: "x" }, context)
    expect(unknown).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^BAD_REQUEST: quary: /) }]
    })
    const wrong = await named("list_tasks").call({ status: "done" }, context)
    expect(wrong).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^BAD_REQUEST: status: /) }] })
  })

  it("say NO_DAEMON's kin first where nobody answers", async () => {
    const client = createClient({ token: "0".repeat(64), retries: 0, fetch: () => Promise.reject(new TypeError("no")) })
    const answer = await named("status").call({}, { client, signal: new AbortController().signal })
    expect(answer).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^CONNECTION_FAILED: /) }] })
  })

  it("refuse what names nothing, and don't take a fault of ours for one of the caller", async () => {
    const { signal } = new AbortController()
    const ask = (client: Client, args: object) => named("get_task").call(args, { client, signal })
    const client = createClient({ token: "0".repeat(64), fetch: () => Promise.reject(new Error("somebody was asked")) })
    for (const args of [{ id: "" }, { id: ".." }, { id: "1a2b3c4d-512", pact: "" }]) {
      expect((await ask(client, args)).content[0]!.text).toMatch(/^BAD_REQUEST: /)
    }
    const faulty = createClient({ token: "0".repeat(64), fetch: async () => Response.json(null) })
    await expect(ask(faulty, { id: "1a2b3c4d-512" })).rejects.toBeInstanceOf(TypeError)
  })
})
