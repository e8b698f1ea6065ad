import { type Block, decodeBlock, type Refused } from "../engine/block.ts"
import type { LogSnapshot } from "../engine/ports.ts"
import type { Database } from "./database.ts"
import type { Opened } from "./open.ts"
import type { Follower, Projector, Stepped } from "./projector.ts"

/** A count of entries before and after. */
export interface Moved {
  readonly before: number
  readonly after: number
}

/** What one transaction changed. Everything that is told to others, answers and events, is made from these. */
export interface Batch {
  /** The new blocks, with the verdicts of all their entries. */
  readonly blocks: ReadonlyArray<Block>
  /** Set where entries were taken back first: those from `position` on. */
  readonly rolledBack: { readonly position: number; readonly ids: ReadonlyArray<string> } | null
  /** Entries in the order. */
  readonly position: Moved
  /** Entries that can't move any more. */
  readonly confirmed: Moved
  /** Refused now, and accepted before this follow took them back. */
  readonly overturned: ReadonlyArray<Refused>
  /** Whose facts changed, taken back ones included: task ids, member keys, public keys of invites, the pact's own. */
  readonly tasks: ReadonlyArray<string>
  readonly members: ReadonlyArray<string>
  readonly invites: ReadonlyArray<string>
  readonly pact: boolean
}

export interface FollowOptions {
  /** Called after each transaction, before the next. What it throws ends the follow, which can go on from there later. */
  readonly onBatch?: (batch: Batch) => void
  /** Called before anything is taken when the model has to be built anew: what comes are all entries of the pact once more. */
  readonly onRebuild?: (opened: Opened) => void
  /** Ends the follow between two transactions. */
  readonly signal?: AbortSignal
}

/** The sum of a follow. */
export interface Followed {
  /** False where the signal ended it early. */
  readonly complete: boolean
  /** Blocks taken. */
  readonly blocks: number
  /** Set where entries were taken back: the lowest position that moved. */
  readonly rolledBack: number | null
  readonly position: Moved
  readonly confirmed: Moved
  /** Entries that were taken back and stand nowhere in the order any more, neither accepted nor refused. */
  readonly vanished: ReadonlyArray<string>
}

/** The log no longer holds what was signed when it was read: only a new read model can follow it. */
export class Diverged extends Error {}

const entriesPerStep = 512
/** Of entries that can't move, which come by the thousand to a machine that is new: fewer transactions write less. */
const settledPerStep = 2048
const blocksPerRead = 256
/** A read's size in bytes, by the size of the blocks before. */
const bytesPerRead = 1024 * 1024

/**
 * Brings the read model to a snapshot of the log: goes back to the newest checkpoint that both share, then takes what is new.
 * Each transaction holds at most about 512 entries, or 2,048 that can't move, and leaves the model at a whole prefix of the log.
 * @throws Diverged where that would go back behind what was signed. StorageFull, with the last transaction undone.
 */
export const follow = async (
  db: Database,
  projector: Projector,
  snapshot: LogSnapshot,
  { onBatch, signal }: FollowOptions
): Promise<Followed> => {
  const start = projector.follower
  const taken = new Set<string>()
  let rolledBack: number | null = null
  let blocks = 0

  const done = (news: ReadonlyArray<Block>, stepped: Stepped): void => {
    blocks += news.length
    if (stepped.taken.length > 0) rolledBack = stepped.before.next - stepped.taken.length
    for (const id of stepped.taken) taken.add(id)
    onBatch?.(batchOf(news, stepped, taken))
    if (taken.size > 0) for (const { decided } of news) for (const { id } of decided) taken.delete(id)
  }
  const sum = (complete: boolean): Followed => ({
    complete,
    blocks,
    rolledBack,
    position: { before: start.next, after: projector.follower.next },
    confirmed: { before: start.confirmed, after: projector.follower.confirmed },
    vanished: complete ? [...taken] : []
  })

  // Nearly always the log has just grown a little. What is needed then is read side by side.
  const reader = blockReader(snapshot)
  const [shared, lastHash] = await Promise.all([
    sharedLength(db, start, snapshot),
    hashOf(snapshot, snapshot.length),
    start.length < snapshot.length ? reader.readAhead(start.length) : null
  ])
  const hashAt = async (length: number): Promise<Uint8Array> =>
    length === snapshot.length ? lastHash : await hashOf(snapshot, length)
  // What is to be taken back. Until that is done, what lies above is not the snapshot's.
  let target = shared < start.length ? shared : null
  for (;;) {
    const { length, signed } = projector.follower
    const back = target === null ? null : partWay(db, projector.follower, target)
    const arrived = back === target
    const from = back ?? length
    const news = arrived ? await reader.read(from) : []
    const end = from + news.length
    const signedNow = arrived ? Math.max(signed, Math.min(snapshot.signedLength, end)) : signed
    if (back === null && news.length === 0 && signedNow === signed) return sum(true)
    const hash = arrived ? await hashAt(end) : null
    const signedHash = signedNow === end && hash !== null ? hash : await hashAt(signedNow === signed ? 0 : signedNow)
    if (signal?.aborted === true) return sum(false)
    done(news, projector.step({ back, blocks: news, hash, signed: { length: signedNow, hash: signedHash } }))
    if (arrived) target = null
    if (target === null && end === snapshot.length) return sum(true)
    await turn()
  }
}

interface Checkpoint {
  readonly length: number
  readonly hash: Uint8Array
}

/** The longest checkpoint that the log still holds. Equal hashes mean equal blocks before, so a search by halves finds it. */
const sharedLength = async (db: Database, { length, signed }: Follower, snapshot: LogSnapshot): Promise<number> => {
  const holds = async (point: Checkpoint): Promise<boolean> =>
    point.length === 0 || (point.length <= snapshot.length && same(await snapshot.hash(point.length), point.hash))
  const last = db.get<Checkpoint>("select length, hash from block where length = ? and hash is not null", length)
  if (last !== undefined && (await holds(last))) return length
  const points = db.all<Checkpoint>(
    "select length, hash from block where length < ? and hash is not null order by length",
    length
  )
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    const point = points[middle]
    if (point !== undefined && (await holds(point))) low = middle + 1
    else high = middle
  }
  const shared = points[low - 1]
  if (shared === undefined) throw new Diverged(`the log no longer holds the ${signed} blocks that were signed`)
  return shared.length
}

/** How far one transaction goes back at most: to the target, or to a block boundary before it. */
const partWay = (db: Database, { length, next }: Follower, target: number): number =>
  db.get<{ length: number }>(
    "select length from block where length >= ? and next >= ? order by length limit 1",
    Math.max(target, length - blocksPerRead),
    next - entriesPerStep
  )?.length ?? target

/** Reads blocks side by side, a bounded number of bytes ahead, and gives out a transaction's worth at a time. */
const blockReader = (snapshot: LogSnapshot) => {
  const settled = Math.min(snapshot.signedLength, snapshot.length)
  let ahead: Array<Block> = []
  /** Where `ahead` begins. */
  let at = 0
  let count = 16
  const readAhead = async (from: number): Promise<void> => {
    const indexes = Array.from({ length: Math.min(count, snapshot.length - from) }, (_, i) => from + i)
    const read = await Promise.all(indexes.map((index) => snapshot.get(index)))
    const bytes = read.reduce((sum, block) => sum + block.byteLength, 1)
    count = Math.max(1, Math.min(blocksPerRead, Math.floor((bytesPerRead * read.length) / bytes)))
    ahead = read.map(decodeBlock)
    at = from
  }
  const read = async (from: number): Promise<ReadonlyArray<Block>> => {
    if (ahead.length === 0 || at !== from) await readAhead(from)
    // A transaction holds blocks that can't move, or blocks that may: only these need what takes them back.
    const [end, most] = from < settled ? [settled, settledPerStep] : [snapshot.length, entriesPerStep]
    let entries = 0
    let taken = 0
    for (const block of ahead) {
      entries += block.decided.length
      if (from + taken === end || (taken > 0 && entries > most)) break
      taken++
    }
    at += taken
    return ahead.splice(0, taken)
  }
  return { read, readAhead }
}

const batchOf = (
  news: ReadonlyArray<Block>,
  { after, before, taken, touched }: Stepped,
  all: ReadonlySet<string>
): Batch => ({
  blocks: news,
  rolledBack: taken.length === 0 ? null : { position: before.next - taken.length, ids: taken },
  position: { before: before.next, after: after.next },
  confirmed: { before: before.confirmed, after: after.confirmed },
  overturned:
    all.size === 0
      ? []
      : news.flatMap(({ decided }) => decided.filter((d): d is Refused => !d.accepted && all.has(d.id))),
  tasks: [...touched.tasks],
  members: [...touched.members],
  invites: [...touched.invites],
  pact: touched.pact
})

const noHash = new Uint8Array(0)
const hashOf = async (snapshot: LogSnapshot, length: number): Promise<Uint8Array> =>
  length === 0 ? noHash : await snapshot.hash(length)
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
