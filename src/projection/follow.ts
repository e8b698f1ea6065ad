import type { LogSnapshot } from "../engine/ports.ts"
import { type Batch, batchOf, type Moved } from "./batch.ts"
import type { Database } from "./database.ts"
import { blocksPerRead, entriesPerStep, type News, newsReader, noNews } from "./news.ts"
import type { Opened } from "./open.ts"
import type { Follower, Projector, Stepped } from "./projector.ts"

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

  const done = (news: News, stepped: Stepped): void => {
    blocks += news.raw.length
    if (stepped.taken.length > 0) rolledBack = stepped.before.next - stepped.taken.length
    for (const id of stepped.taken) taken.add(id)
    onBatch?.(batchOf(news, stepped, taken))
    if (taken.size > 0) for (const { decided } of news.blocks()) for (const { id } of decided) taken.delete(id)
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
  const reader = newsReader(snapshot)
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
    const news = arrived ? await reader.read(from) : noNews
    const end = from + news.raw.length
    const signedNow = arrived ? Math.max(signed, Math.min(snapshot.signedLength, end)) : signed
    if (back === null && news.raw.length === 0 && signedNow === signed) return sum(true)
    const hash = arrived ? await hashAt(end) : null
    const signedHash = signedNow === end && hash !== null ? hash : await hashAt(signedNow === signed ? 0 : signedNow)
    if (signal?.aborted === true) return sum(false)
    const signedTo = { length: signedNow, hash: signedHash }
    done(news, projector.step({ back, blocks: news.blocks(), count: news.raw.length, hash, signed: signedTo }))
    if (arrived) target = null
    if (target === null && end === snapshot.length) return sum(true)
    await turn()
  }
}

interface Checkpoint {
  readonly length: number
  readonly hash: Uint8Array
}

const holds = async (point: Checkpoint, snapshot: LogSnapshot): Promise<boolean> =>
  point.length === 0 || (point.length <= snapshot.length && same(await snapshot.hash(point.length), point.hash))

/** True where the log still holds all that the read model does. */
export const endHolds = async (db: Database, length: number, snapshot: LogSnapshot): Promise<boolean> => {
  const end = db.get<Checkpoint>("select length, hash from block where length = ? and hash is not null", length)
  return end !== undefined && (await holds(end, snapshot))
}

/** The longest checkpoint that the log still holds. Equal hashes mean equal blocks before, so a search by halves finds it. */
const sharedLength = async (db: Database, { length, signed }: Follower, snapshot: LogSnapshot): Promise<number> => {
  if (await endHolds(db, length, snapshot)) return length
  const points = db.all<Checkpoint>(
    "select length, hash from block where length < ? and hash is not null order by length",
    length
  )
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    const point = points[middle]
    if (point !== undefined && (await holds(point, snapshot))) low = middle + 1
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

const noHash = new Uint8Array(0)
const hashOf = async (snapshot: LogSnapshot, length: number): Promise<Uint8Array> =>
  length === 0 ? noHash : await snapshot.hash(length)
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
