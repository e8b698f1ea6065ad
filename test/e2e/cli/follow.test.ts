import { afterEach, beforeEach, expect, it } from "vitest"
import { type Command, openCommand, type Running } from "../../kit/command.ts"

let command: Command & { readonly close: () => Promise<void> }
beforeEach(async () => {
  command = await openCommand()
  await command.run(["init", "--name", "Followed"])
})
afterEach(() => command.close())

const say = async (text: string): Promise<void> => {
  const { code, stderr } = await command.run(["message", text])
  expect(code, stderr).toBe(0)
}
const contentsOf = async ({ child, ended }: Running): Promise<ReadonlyArray<unknown>> => {
  child.kill("SIGINT")
  const { code, json } = await ended
  expect(code).toBe(130)
  return json.map(({ payload }) => (payload as { content: string }).content)
}

it("goes on from the last entries, over restarts of the daemon, each entry once", { timeout: 60_000 }, async () => {
  await say("before")
  const following = command.start(["log", "--follow", "--type", "message", "--json"])
  await following.says("before")
  await say("first")
  await following.says("first")

  await command.run(["restart"])
  await say("second")
  await following.says("second")

  // The home is the same, and everything else of the daemon is another: pid, port, streams.
  process.kill(command.pid()!, "SIGKILL")
  await command.run(["start"])
  await say("third")
  await say("fourth")
  await following.says("fourth")
  expect(await contentsOf(following)).toEqual(["before", "first", "second", "third", "fourth"])
})

it("tells when the daemon goes and comes, and outlives a new alias", { timeout: 60_000 }, async () => {
  const following = command.start(["log", "-f"])
  await following.says("pact named Followed")
  await command.run(["rename", "followed", "other"])
  await command.run(["stop"])
  await following.says("The daemon went away. Waiting for it to come back.")
  await command.run(["start"])
  await following.says("The daemon is back.")
  await say("after all that")
  await following.says("after all that")
  following.child.kill("SIGINT")
  const { stderr } = await following.ended
  expect(stderr.trim().split("\n")).toEqual([
    "The daemon went away. Waiting for it to come back.",
    "The daemon is back."
  ])
})

it("shows a burst of entries in their order, once", { timeout: 60_000 }, async () => {
  const [{ url }] = (await command.run(["start", "--json"])).json as [{ url: string }]
  const token = (await command.run(["token", "--show"])).stdout.trim()
  const following = command.start(["log", "--follow", "--type", "message", "--limit", "1", "--json"])
  const texts = Array.from({ length: 300 }, (_, i) => `m${i}`)
  // Some are there before it follows, some come while it starts, some after.
  for (let i = 0; i < texts.length; i += 20) {
    const sent = texts.slice(i, i + 20).map(async (content) => {
      const response = await fetch(`${url}/v1/pacts/default/messages`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ content })
      })
      expect(response.status).toBe(200)
    })
    await Promise.all(sent)
  }
  await say("the last one")
  await following.says("the last one")
  const shown = await contentsOf(following)
  const order = (await command.run(["log", "--type", "message", "--limit", "1000", "--json"])).json.map(
    ({ payload }) => (payload as { content: string }).content
  )
  expect(shown).toEqual(order.slice(-shown.length))
})

it("ends with the pact", { timeout: 60_000 }, async () => {
  const following = command.start(["log", "-f"])
  await following.says("pact named Followed")
  await command.run(["remove", "followed", "--yes"])
  await command.run(["restart"])
  const { code, stderr } = await following.ended
  expect(code).toBe(5)
  expect(stderr).toContain("UNKNOWN_PACT")
})
