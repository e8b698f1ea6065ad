import type { Deferred } from "effect"
import type { PactNotReady } from "../domain/errors.ts"
import { limits } from "../domain/limits.ts"
import type { Decided } from "../engine/block.ts"

/** Writes that stand together: they go into one frame and are decided one after the other. */
export interface Submission<E, M> {
  readonly entries: ReadonlyArray<Uint8Array>
  readonly mark: M | undefined
  readonly answer: Deferred.Deferred<ReadonlyArray<Decided>, E | PactNotReady>
}

/** What a submission was marked with, and the place of its first entry in the frame. */
export interface Marked<M> {
  readonly mark: M
  readonly place: number
}

/** The marks of a group, each with its place in the frame. */
export const markedIn = <E, M>(group: ReadonlyArray<Submission<E, M>>): ReadonlyArray<Marked<M>> => {
  const marked: Array<Marked<M>> = []
  let place = 0
  for (const { entries, mark } of group) {
    if (mark !== undefined) marked.push({ mark, place })
    place += entries.length
  }
  return marked
}

/** Splits what waits into frames that keep the limits, without parting a submission or changing the order. */
export const groupsOf = <E, M>(
  waiting: ReadonlyArray<Submission<E, M>>
): ReadonlyArray<ReadonlyArray<Submission<E, M>>> => {
  const groups: Array<Array<Submission<E, M>>> = []
  let entries = 0
  let bytes = 0
  for (const submission of waiting) {
    const more = submission.entries.reduce((sum, entry) => sum + 4 + entry.byteLength, 0)
    const fits = entries + submission.entries.length <= limits.frameEntries && 4 + bytes + more <= limits.frameBytes
    if (groups.length === 0 || !fits) {
      groups.push([])
      entries = 0
      bytes = 0
    }
    groups.at(-1)!.push(submission)
    entries += submission.entries.length
    bytes += more
  }
  return groups
}
