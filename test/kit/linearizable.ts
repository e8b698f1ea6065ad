/**
 * Judges histories of tasks: could what clients saw have come from one task that changes at one moment for everybody?
 *
 * The model of a task: it is open, claimed or complete, has an owner while it is claimed or complete, and a fence.
 * - A claim takes an open task, or a claimed one whose lease may have run out, and its fence is one more.
 * - A renewal, a release and a completion act under the claim with that owner and fence, unless its lease has surely
 *   run out. A renewal starts the lease anew. Nothing follows a completion.
 * - A lease runs from a moment between call and return of the claim or renewal, for its `ttl`.
 *
 * Writes are confirmed ones, so they must be linearizable: each takes effect between its call and its return. Reads are
 * of confirmed states on some peer, which may be behind: they may show what was, never what was not, and for one client
 * never less than it saw or did before. A write with an unknown outcome may take effect at any time after its call, or
 * never. One that was refused must have none, and one that was refused since the task is complete says that it is, for good.
 *
 * The search is the one of Wing & Gong with Lowe's memo: tasks are judged one by one, and what was tried is remembered
 * as the set of operations that took effect and the state after them.
 */

/** One line of a history. Times are ms of one clock. */
export interface Operation {
  /** Who asks. A client does one thing after the other, but for those whose outcome it doesn't wait for. */
  readonly client: string
  readonly op: "claim" | "renew" | "release" | "complete" | "read"
  readonly task: string
  readonly call: number
  /** Null where no answer came: it may still take effect. */
  readonly return: number | null
  /** False: refused. Null: nobody knows. */
  readonly ok: boolean | null
  /** What a read saw. Of a write, the wire code that it was refused with, or what it made of the task. */
  readonly status: string
  /** Of a write who acts, of a read who holds or held it. */
  readonly owner: string | null
  /** Of a claim the one it got, of other writes the one they act under, of a read the one it saw. */
  readonly fence: number | null
  /** Of a claim and a renewal: how long the lease is, ms. */
  readonly ttl?: number
}

export type Judgement =
  | { readonly linearizable: true; readonly operations: number }
  | { readonly linearizable: false; readonly task: string; readonly why: string }

interface State {
  readonly status: "open" | "claimed" | "complete"
  readonly owner: string | null
  readonly fence: number
  /** The lease may be over from the first on, and surely is after the second. */
  readonly soonest: number
  readonly latest: number
}

const initial: State = { status: "open", owner: null, fence: 0, soonest: 0, latest: 0 }

export const judge = (history: ReadonlyArray<Operation>): Judgement => {
  for (const task of new Set(history.map((operation) => operation.task))) {
    // A refused write has no effect, and may be refused by a peer that is behind.
    const stuck = search(history.filter((each) => each.task === task && (each.ok !== false || tellsTheEnd(each))))
    if (stuck !== null) return { linearizable: false, task, why: stuck }
  }
  return { linearizable: true, operations: history.length }
}

/** Null when an order was found, else the longest one and what could not follow it. */
const search = (operations: ReadonlyArray<Operation>): string | null => {
  const before = operations.map((b) =>
    operations.reduce((set, a, i) => (precedes(a, b) ? set | (1n << BigInt(i)) : set), 0n)
  )
  const needed = operations.reduce((set, operation, i) => (isKnown(operation) ? set | (1n << BigInt(i)) : set), 0n)
  // What must have happened is tried first: what may have is needed only where that can't go on.
  const order = operations
    .map((_, i) => i)
    .toSorted((a, b) => Number(isKnown(operations[b]!)) - Number(isKnown(operations[a]!)))
  const tried = new Set<string>()
  let longest: ReadonlyArray<number> = []
  const visit = (done: bigint, state: State, path: ReadonlyArray<number>): boolean => {
    const left = needed & ~done
    if (left === 0n) return true
    const key = `${done} ${JSON.stringify(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    if (path.length > longest.length) longest = path
    // Fences only rise: one that is past what is still to come leads nowhere.
    if (operations.some((operation, i) => has(left, i) && state.fence > fenceBefore(operation))) return false
    return order.some((i) => {
      // One that nobody knows about may be left out for ever, so it holds up nobody.
      if (has(done, i) || (before[i]! & left) !== 0n) return false
      const next = step(state, operations[i]!)
      return next !== null && visit(done | (1n << BigInt(i)), next, [...path, i])
    })
  }
  if (visit(0n, initial, [])) return null
  const rest = operations.filter((_, i) => !longest.includes(i))
  return `${lines(longest.map((i) => operations[i]!))}\ncan't be followed by any of\n${lines(rest)}`
}

const tellsTheEnd = ({ ok, status }: Operation) => ok === false && status === "TASK_ALREADY_COMPLETE"
const isKnown = (operation: Operation) => operation.ok === true || tellsTheEnd(operation)
const has = (set: bigint, i: number) => ((set >> BigInt(i)) & 1n) === 1n
/** The greatest fence that a task may have just before an operation that happened. */
const fenceBefore = ({ fence, ok, op }: Operation) =>
  ok === false ? Infinity : (fence ?? Infinity) - (op === "claim" ? 1 : 0)

const lines = (operations: ReadonlyArray<Operation>) => operations.map((each) => JSON.stringify(each)).join("\n")

const precedes = (a: Operation, b: Operation): boolean =>
  // What a peer shows may be old, but not to who has seen, or done, something newer.
  a !== b && a.return !== null && a.return < b.call && (b.op !== "read" || a.client === b.client)

const step = (state: State, { call, fence, ok, op, owner, return: end, status, ttl = 0 }: Operation): State | null => {
  const returned = end ?? Infinity
  const lease = { soonest: call + ttl, latest: returned + ttl }
  if (ok === false) return state.status === "complete" ? state : null
  const under = state.status === "claimed" && state.owner === owner && state.fence === fence && call <= state.latest
  switch (op) {
    case "claim": {
      const free = state.status === "open" || (state.status === "claimed" && returned >= state.soonest)
      const next = state.fence + 1
      return free && (ok === null || fence === next) ? { status: "claimed", owner, fence: next, ...lease } : null
    }
    case "renew":
      return under ? { ...state, ...lease } : null
    case "release":
      return under ? { ...initial, fence: state.fence } : null
    case "complete":
      return under ? { ...state, status: "complete", soonest: 0, latest: 0 } : null
    case "read": {
      if (fence !== state.fence) return null
      if (state.status === "claimed" && status === "open") return returned >= state.soonest ? state : null
      const live = status !== "claimed" || call <= state.latest
      return status === state.status && owner === state.owner && live ? state : null
    }
  }
}

export const toNdjson = (history: ReadonlyArray<Operation>): string => `${lines(history)}\n`
export const fromNdjson = (text: string): ReadonlyArray<Operation> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Operation)
