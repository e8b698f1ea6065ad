import { expect, it } from "vitest"
import { majorityText } from "../../../src/cli/agents.ts"
import { invitesText } from "../../../src/cli/invites.ts"
import { isRemoved, statusText } from "../../../src/cli/status-text.ts"
import { styleOf, time, when } from "../../../src/cli/text.ts"
import { tallyText } from "../../../src/cli/verbs/task-work.ts"
import type { InviteView } from "../../../src/contract/invites.ts"
import { agentIdOf } from "../../../src/domain/ids.ts"

type Daemon = Parameters<typeof statusText>[1]
type Pact = NonNullable<Parameters<typeof statusText>[2]>

const bare = styleOf(false)
const key = "b1".repeat(32)

/** A row of a status, by its name. */
const rowOf = (name: string, { daemon = {}, pact = {} }: { daemon?: Partial<Daemon>; pact?: Partial<Pact> }) => {
  const address = { pid: 1, port: 7666, dashboardPort: null } as Parameters<typeof statusText>[0]
  const text = statusText(
    address,
    { version: "1", uptime_ms: 0, network: "public", bootstrap: [], pact_count: 1, home: "/h", ...daemon } as Daemon,
    {
      pact_id: key,
      pact_name: "Accord",
      pact_purpose: null,
      peer_handle: agentIdOf(key),
      display_name: null,
      role: "member",
      public_key: key,
      agents: 1,
      online: 0,
      indexers: 1,
      entries: 0,
      counts: { knowledge: 0, task: 0, skill: 0, message: 0 },
      is_member: true,
      confirmed_lag: 0,
      ...pact
    } as Pact,
    bare
  )
  return text
    .split("\n")
    .find((row) => row.startsWith(name))
    ?.slice(name.length)
    .trim()
}

it.each([
  [{ network: "public" }, "the public DHT"],
  [{ network: "private", bootstrap: ["10.0.0.5:49737", "10.0.0.6:1"] }, "private, by 10.0.0.5:49737, 10.0.0.6:1"],
  [{ network: "none" }, "none, so nobody is met (bootstrap is none)"]
] as const)("a status says how a daemon meets others: %j", (daemon, text) => {
  expect(rowOf("Network", { daemon })).toBe(text)
})

it.each([
  [undefined, undefined],
  [1, "1 member says that this machine was removed from the pact"],
  [2, "2 members say that this machine was removed from the pact"]
] as const)("a status tells what is said of a removal: by %s", (told, text) => {
  expect(rowOf("Removed", { pact: told === undefined ? {} : { removal_told_by: told } })).toBe(text)
})

it.each([
  [{ agents: 1 }, "you alone"],
  [{ agents: 2, online: 1 }, "2 (1 indexer), 1 of 1 other online"],
  [{ agents: 4, online: 1, indexers: 3 }, "4 (3 indexers), 1 of 3 others online"],
  [{ agents: 2, is_member: false, role: null }, "2 (1 indexer), 0 of 2 others online"],
  [{ agents: 0, is_member: false, role: null, joining: true, waiting_for: "peers" }, undefined]
] as const)("a status says who is there: %j", (pact, text) => expect(rowOf("Agents", { pact })).toBe(text))

it("the parts of the entries add up to all of them", () => {
  const counts = { knowledge: 3, task: 8, skill: 0, message: 1 }
  expect(rowOf("Entries", { pact: { entries: 13, counts } })).toBe(
    "13: 3 knowledge, 8 on tasks, 1 message, 1 on the pact and its members"
  )
  expect(rowOf("Entries", { pact: { entries: 0 } })).toBe("0")
})

it("tells who was removed from who is not in yet", () => {
  const out = { role: null, is_member: false } as const
  const joining = { ...out, agents: 0, joining: true, waiting_for: "peers" } as const
  expect(rowOf("You", { pact: out })).toBe(`${agentIdOf(key)}, removed`)
  expect(rowOf("You", { pact: joining })).toBe(`${agentIdOf(key)}, no member yet`)
  expect([out, joining].map((pact) => isRemoved(pact as unknown as Pact))).toEqual([true, false])
})

it.each([
  [1, "The pact has 1 indexer now"],
  [2, "Confirming takes 2 of them: while one is away, nothing is confirmed. Promote a third"],
  [3, "The pact has 3 indexers now, you among them. Confirming takes 2 of them: 1 may be away."],
  [4, "Confirming takes 3 of them: 1 may be away."],
  [5, "Confirming takes 3 of them: 2 may be away."]
])("says what a majority of %i is", (indexers, text) => expect(majorityText(indexers)).toContain(text))

it("says of each invite how it stands and who joined with it", () => {
  const invite = "c2".repeat(32)
  const of = (more: Partial<InviteView>) =>
    ({
      nonce: "d3".repeat(24),
      invite,
      expires_at: 0,
      status: "live",
      spent_by: null,
      spent_at: null,
      ...more
    }) as InviteView
  const agents = [{ remote_key: key, display_name: "Bob" }]
  const spent = { status: "spent", spent_at: 0 } as const
  const rows = [
    {},
    { ...spent, spent_by: key },
    { ...spent, spent_by: invite },
    { status: "revoked" },
    { status: "expired" }
  ] as const
  expect(invitesText(rows.map(of), agents, bare).split("\n")).toEqual([
    "Invite    State    When",
    `c2c2c2c2  Open     until ${when(0)}`,
    `c2c2c2c2  Spent    ${time(0)}  Bob (${agentIdOf(key)})`,
    `c2c2c2c2  Spent    ${time(0)}  ${agentIdOf(invite)}`,
    "c2c2c2c2  Revoked",
    `c2c2c2c2  Expired  ${time(0)}`
  ])
})

it.each([
  [{ claimed: 0, complete: 0, failed: 0, lost: 0, unconfirmed: 0 }, "0 tasks done."],
  [
    { claimed: 4, complete: 1, failed: 2, lost: 1, unconfirmed: 0 },
    "1 task done, 2 failed and given back, 1 lost to others."
  ],
  [{ claimed: 3, complete: 2, failed: 0, lost: 0, unconfirmed: 0 }, "2 tasks done, 1 given back unfinished."],
  [
    { claimed: 0, complete: 0, failed: 0, lost: 0, unconfirmed: 2 },
    "0 tasks done, 2 claims that nobody confirmed given back."
  ]
])("a worker says what became of its tasks: %j", (tally, text) => expect(tallyText(tally)).toBe(text))
