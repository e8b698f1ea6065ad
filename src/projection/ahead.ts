import type { LogSnapshot } from "../engine/ports.ts"
import { type Batch, batchOf } from "./batch.ts"
import type { Database } from "./database.ts"
import { endHolds } from "./follow.ts"
import { newsReader, threadPerStep } from "./news.ts"
import type { Projector } from "./projector.ts"
import type { Thread } from "./thread.ts"

interface AheadOptions {
  readonly thread: Pick<Thread, "take">
  readonly onBatch?: (batch: Batch) => void
  readonly signal?: AbortSignal
}

const nothingTaken: ReadonlySet<string> = new Set()
/** How many transactions the thread is given before it has answered the first of them. */
const given = 2

/**
 * Has a thread take the blocks that can't move any more, and reads the next of them meanwhile. What then is left, and
 * everything where the read model holds what may move, is for the follow that comes after.
 * @throws ThreadLost when the thread ended. It has written for the last time then.
 */
export const takeAhead = async (
  db: Database,
  projector: Projector,
  snapshot: LogSnapshot,
  { onBatch, signal, thread }: AheadOptions
): Promise<void> => {
  const { signed } = projector.follower
  let { length } = projector.follower
  if (length !== signed || !(await endHolds(db, length, snapshot))) return
  const settled = Math.min(snapshot.signedLength, snapshot.length)
  const { read } = newsReader(snapshot, threadPerStep)
  const pending: Array<Promise<void>> = []
  try {
    while (length < settled) {
      if (signal?.aborted === true) break
      const news = await read(length)
      length += news.raw.length
      const part = { blocks: news.raw, length, hash: await snapshot.hash(length) }
      const taken = thread.take(part).then((stepped) => {
        projector.refresh()
        onBatch?.(batchOf(news, stepped, nothingTaken))
      })
      // Seen below, if not at once.
      taken.catch(() => {})
      pending.push(taken)
      if (pending.length === given) await pending.shift()
    }
    await Promise.all(pending)
  } finally {
    await Promise.allSettled(pending)
  }
}
