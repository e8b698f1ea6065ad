import { expect, it } from "vitest"
import { entryText } from "../../../src/cli/entry-text.ts"
import { styleOf, time } from "../../../src/cli/text.ts"
import { snippetText } from "../../../src/cli/verbs/search.ts"
import type { EntryView } from "../../../src/contract/views.ts"
import { agentIdOf } from "../../../src/domain/ids.ts"
import { renameNotice } from "../../../src/pacts/drafts.ts"

const agent_id = "anon-fern-1a2b3c4d"
const bare = styleOf(false)

const entryOf = (entry: object, display_name: string | null = "Ada") =>
  ({
    id: "1a2b3c4d-512",
    timestamp: 0,
    agent_id,
    display_name,
    refs: [],
    confirmed: true,
    ...entry
  }) as unknown as EntryView
const told = (entry: EntryView, task?: string) => entryText(entry, bare, { task }).split("\n")
const rest = `  ${time(0)}  Ada (${agent_id})`

it("tells a new name in a sentence, and says that nobody typed it", () => {
  const notice = (name: string | null) => told(entryOf(renameNotice(name), name))
  expect(notice("Ada")).toEqual([`1a2b3c4d-512  notice${rest}`, "  Is called Ada now.", ""])
  expect(notice(null)).toEqual([`1a2b3c4d-512  notice  ${time(0)}  ${agent_id}`, "  Goes without a name now.", ""])
})

const bob = "b1".repeat(32)
const invite = "c2".repeat(32)

it.each([
  [{ action: "setInfo", name: "Accord", purpose: null }, "pact named Accord, without a purpose"],
  [{ action: "setInfo", purpose: "Release\nwork" }, "pact meant for Release work"],
  [{ action: "addWriter", key: bob }, `member ${agentIdOf(bob)} added`],
  [{ action: "addWriter", key: bob, indexer: true }, `indexer ${agentIdOf(bob)} added`],
  [{ action: "removeWriter", key: bob }, `member ${agentIdOf(bob)} removed`],
  [{ action: "mintInvite", invite, expires_at: 1000 }, `invite c2c2c2c2 made, good until ${time(1000)}`],
  [{ action: "revokeInvite", invite }, "invite c2c2c2c2 revoked"]
])("an admin entry is one line: %j", (payload, title) => {
  expect(told(entryOf({ type: "admin", payload }))).toEqual([`1a2b3c4d-512  ${title}${rest}`])
})

it("an invite that was used says by whom", () => {
  const payload = { invite, redeemed_by: bob, proof: "d3".repeat(64) }
  const title = `invite c2c2c2c2 used by ${agentIdOf(bob)}`
  expect(told(entryOf({ type: "invite-redeemed", payload }))).toEqual([`1a2b3c4d-512  ${title}${rest}`])
})

it.each([
  [{ status: "claimed", worker: "w" }, "task claimed: Sweep", ", worker w", []],
  [{ status: "claimed", renew: true }, "task renewed: Sweep", "", []],
  [{ status: "open" }, "task released: Sweep", "", []],
  [{ status: "complete" }, "task completed: Sweep", "", []],
  [{ status: "complete", result: "done" }, "task completed: Sweep", "", ["  done", ""]],
  [{ status: "complete", result: [1] }, "task completed: Sweep", "", ["  [", "    1", "  ]", ""]]
])("a step of a task names it: %j", (payload, title, worker, below) => {
  const step = entryOf({ type: "task", payload, refs: ["9f9f9f9f-256"] })
  expect(told(step, "Sweep")).toEqual([`1a2b3c4d-512  ${title}${rest}${worker}`, ...below])
  expect(told(step)[0]).toContain(": 9f9f9f9f-256")
})

it("a new task says its title, and what it is about below", () => {
  const payload = { status: "open", title: "Sweep", description: "All of it" }
  expect(told(entryOf({ type: "task", payload }))).toEqual([`1a2b3c4d-512  task made: Sweep${rest}`, "  All of it", ""])
})

it("what was found is painted on a terminal, and plain elsewhere", () => {
  const snippet = "the **cat** and the **dog**\u0007"
  expect(snippetText(snippet, (found) => `<${found}>`)).toBe("the <cat> and the <dog>\\u0007")
  expect(snippetText(snippet, bare.bold)).toBe("the cat and the dog\\u0007")
})
