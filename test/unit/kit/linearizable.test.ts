import { describe, expect, it } from "vitest"
import { fromNdjson, judge, type Operation, toNdjson } from "../../kit/linearizable.ts"
import { randomFrom } from "../../kit/random.ts"

const did = (
  client: string,
  op: Operation["op"],
  [call, end]: readonly [call: number, end: number | null],
  more: Partial<Operation> = {}
): Operation => {
  const status = { claim: "claimed", renew: "claimed", release: "open", complete: "complete", read: "open" }[op]
  const ok = end !== null || null
  return { client, op, task: "t", call, return: end, ok, status, owner: client, fence: 1, ttl: 1000, ...more }
}
const read = (client: string, at: readonly [number, number], status: string, owner: string | null, fence: number) =>
  did(client, "read", at, { status, owner, fence })
/** Told that the task is complete. */
const refused = (client: string, op: Operation["op"], at: readonly [number, number], more: Partial<Operation> = {}) =>
  did(client, op, at, { ok: false, status: "TASK_ALREADY_COMPLETE", fence: null, ...more })

const good: ReadonlyArray<readonly [name: string, history: ReadonlyArray<Operation>]> = [
  ["nothing", []],
  ["a claim and its completion", [did("a", "claim", [0, 10]), did("a", "complete", [20, 30])]],
  [
    "one of two claims is refused",
    [did("a", "claim", [0, 10]), did("b", "claim", [5, 9], { ok: false, status: "TASK_ALREADY_CLAIMED", fence: null })]
  ],
  [
    "a refusal by a peer that doesn't know of the release yet",
    [
      did("a", "claim", [0, 10]),
      did("a", "release", [20, 30]),
      did("b", "claim", [40, 50], { ok: false, status: "TASK_ALREADY_CLAIMED", fence: null })
    ]
  ],
  [
    "a task goes on after a release",
    [did("a", "claim", [0, 10]), did("a", "release", [20, 30]), did("b", "claim", [40, 50], { fence: 2 })]
  ],
  [
    "two that overlap, the later call first",
    [did("b", "claim", [0, 100], { fence: 2 }), did("a", "claim", [5, 20]), did("a", "release", [10, 30])]
  ],
  ["taken over when the lease is over", [did("a", "claim", [0, 10]), did("b", "claim", [995, 1000], { fence: 2 })]],
  [
    "a renewal in time keeps it, and the completion counts",
    [did("a", "claim", [0, 10]), did("a", "renew", [900, 950]), did("a", "complete", [1900, 1910])]
  ],
  [
    "an unknown claim that took effect",
    [did("a", "claim", [0, null], { fence: null }), did("b", "claim", [1500, 1510], { fence: 2 })]
  ],
  ["an unknown claim that did not", [did("a", "claim", [0, null], { fence: null }), did("b", "claim", [20, 30])]],
  [
    "an unknown completion, seen later",
    [
      did("a", "claim", [0, 10]),
      did("a", "complete", [20, null]),
      read("b", [30, 31], "claimed", "a", 1),
      read("b", [40, 41], "complete", "a", 1)
    ]
  ],
  [
    "a peer that is behind shows what was",
    [did("a", "claim", [0, 10]), did("a", "complete", [20, 30]), read("b", [40, 50], "claimed", "a", 1)]
  ],
  [
    "who comes after a completion is told so, also by its own",
    [
      did("a", "claim", [0, 10]),
      did("a", "complete", [20, null]),
      refused("b", "claim", [30, 40]),
      refused("a", "complete", [50, 60], { fence: 1 })
    ]
  ],
  ["a lease that has run out shows as open", [did("a", "claim", [0, 10]), read("a", [1005, 1006], "open", null, 1)]],
  [
    "another task is another story",
    [
      did("a", "claim", [0, 10]),
      did("b", "claim", [0, 10], { task: "u" }),
      did("b", "complete", [20, 30], { task: "u" })
    ]
  ]
]

const bad: ReadonlyArray<readonly [name: string, history: ReadonlyArray<Operation>]> = [
  ["two hold the same fence", [did("a", "claim", [0, 10]), did("b", "claim", [5, 20])]],
  ["a fence is left out", [did("a", "claim", [0, 10], { fence: 2 })]],
  ["taken over while the lease runs", [did("a", "claim", [0, 10]), did("b", "claim", [20, 30], { fence: 2 })]],
  [
    "taken over while the lease was renewed",
    [did("a", "claim", [0, 10]), did("a", "renew", [900, 950]), did("b", "claim", [1020, 1030], { fence: 2 })]
  ],
  [
    "a completion is lost",
    [did("a", "claim", [0, 10]), did("a", "complete", [20, 30]), did("b", "claim", [1500, 1510], { fence: 2 })]
  ],
  [
    "a completion is lost for its own client",
    [did("a", "claim", [0, 10]), did("a", "complete", [20, 30]), read("a", [40, 50], "claimed", "a", 1)]
  ],
  [
    "a stale completion is accepted",
    [did("a", "claim", [0, 10]), did("b", "claim", [1100, 1110], { fence: 2 }), did("a", "complete", [1200, 1210])]
  ],
  ["a completion after the end of the lease", [did("a", "claim", [0, 10]), did("a", "complete", [1100, 1110])]],
  ["a renewal after the end of the lease", [did("a", "claim", [0, 10]), did("a", "renew", [1100, 1110])]],
  ["a completion under the claim of another", [did("a", "claim", [0, 10]), did("b", "complete", [20, 30])]],
  ["two completions", [did("a", "claim", [0, 10]), did("a", "complete", [20, 30]), did("a", "complete", [40, 50])]],
  [
    "a refused claim took effect",
    [
      did("a", "claim", [0, 10], { ok: false, status: "TASK_ALREADY_CLAIMED", fence: null }),
      read("b", [20, 30], "claimed", "a", 1)
    ]
  ],
  ["told of a completion that nobody asked for", [did("a", "claim", [0, 10]), refused("b", "claim", [20, 30])]],
  [
    "told of a completion that was to be refused",
    [
      did("a", "claim", [0, 10]),
      refused("b", "claim", [20, 30]),
      did("a", "complete", [15, 40], { ok: false, status: "STALE_CLAIM" })
    ]
  ],
  ["a claim of nobody is seen", [read("b", [20, 30], "claimed", "a", 1)]],
  [
    "reads go back",
    [
      did("a", "claim", [0, 10]),
      did("a", "complete", [20, 30]),
      read("b", [40, 50], "complete", "a", 1),
      read("b", [60, 70], "claimed", "a", 1)
    ]
  ],
  ["a read sees what comes after it", [read("b", [0, 5], "claimed", "a", 1), did("a", "claim", [10, 20])]],
  [
    "an unknown claim has effect before it was called",
    [read("b", [0, 5], "claimed", "a", 1), did("a", "claim", [10, null], { fence: null })]
  ],
  ["a lease that runs shows as open", [did("a", "claim", [0, 10]), read("a", [20, 30], "open", null, 1)]],
  [
    "a fault in one task of many",
    [did("a", "claim", [0, 10]), did("a", "claim", [0, 10], { task: "u" }), did("b", "claim", [20, 30], { task: "u" })]
  ]
]

describe("the judge of histories", () => {
  it.each(good)("accepts: %s", (_, history) =>
    expect(judge(history)).toEqual({ linearizable: true, operations: history.length })
  )
  it.each(bad)("refuses: %s", (_, history) => expect(judge(history)).toMatchObject({ linearizable: false }))
  it("tells which task, and where it got stuck", () => {
    const judgement = judge(bad.at(-1)![1])
    expect(judgement).toMatchObject({ task: "u", why: expect.stringContaining("can't be followed by") })
  })
  it("reads what it wrote", () => {
    for (const [, history] of [...good, ...bad]) expect(fromNdjson(toNdjson(history))).toEqual(history)
  })
})

it("is not held up by what nobody knows, however much of it there is", () => {
  const unknown = Array.from({ length: 60 }, (_, i) => did(`u${i % 5}`, "claim", [i, null], { fence: null }))
  const last = did("b", "claim", [3000, 3010], { fence: 3 })
  const seen = read("a", [2000, 2010], "claimed", "u3", 2)
  const history = [did("a", "claim", [0, 5]), ...unknown, seen, last]
  expect(judge(history)).toEqual({ linearizable: true, operations: 63 })
  expect(judge([...history, did("c", "claim", [3020, 3030], { fence: 3 })])).toMatchObject({ linearizable: false })
})

/** What clients see of one real task, each answer some time after its effect. With a fault in it, if asked. */
const randomTask = (seed: number, size: number, faulty: boolean): ReadonlyArray<Operation> => {
  const random = randomFrom(seed)
  const history: Array<Operation> = []
  const clients = ["a", "b", "c", "d", "e"]
  let [owner, fence, until, now] = [null as string | null, 0, 0, 0]
  // The moment of each operation, and around it when it was asked and answered. A client asks one thing at a time.
  const free = new Map(clients.map((client) => [client, 0]))
  const push = (client: string, op: Operation["op"], at: number, more: Partial<Operation>) => {
    const call = Math.max(free.get(client)!, at - random.below(30))
    const lost = op !== "read" && random.chance(0.1)
    const end = lost ? null : at + random.below(30)
    free.set(client, (end ?? at) + 1)
    history.push(
      did(client, op, [call, end], { ttl: 200, ...more, ...(lost && op === "claim" ? { fence: null } : {}) })
    )
  }
  while (history.length < size) {
    now += 1 + random.below(40)
    const client = random.pick(clients)
    if (free.get(client)! > now) continue
    const held = owner !== null && now < until
    if (random.chance(0.3)) {
      const status = held ? "claimed" : "open"
      push(client, "read", now, { status, owner: held ? owner : null, fence })
    } else if (!held) {
      ;[owner, fence, until] = [client, fence + 1, now + 200]
      push(client, "claim", now, { fence })
    } else if (owner === client && random.chance(0.5)) {
      until = now + 200
      push(client, "renew", now, { fence })
    } else if (owner === client) {
      owner = null
      push(client, "release", now, { fence })
    }
  }
  const at = history.findLastIndex(({ fence: seen, ok, op }) => op === "claim" && ok === true && seen !== null)
  // The same fence for somebody else, long after.
  return faulty
    ? [...history, { ...history[at]!, client: "z", owner: "z", call: now + 900, return: now + 910 }]
    : history
}

it("accepts long histories of what is right, and finds the one fault in them", () => {
  for (let seed = 1; seed <= 40; seed++) {
    expect(judge(randomTask(seed, 120, false)), `seed ${seed}`).toMatchObject({ linearizable: true })
    expect(judge(randomTask(seed, 120, true)), `seed ${seed}`).toMatchObject({ linearizable: false })
  }
})
