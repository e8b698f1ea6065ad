import { Clock, Duration, Effect } from "effect"
import { type NotAMember, ViewTimeout } from "../domain/errors.ts"
import { agentIdOf } from "../domain/ids.ts"
import type { Decided } from "../engine/block.ts"
import type { Ledger } from "../hyper/Ledger.ts"
import { jsonOf } from "../projection/entry.ts"
import type { Projection } from "../projection/Projection.ts"
import type { Attempt } from "./attempt.ts"
import { makeCommitter } from "./committer.ts"
import { type Draft, encodeDraft } from "./drafts.ts"
import { findWritten, noteFrame } from "./earlier.ts"
import type { Follower } from "./follower.ts"
import type { Marked } from "./groups.ts"
import { confirmTime, type Pact, type WriteOptions, type Written } from "./Pact.ts"
import { unlessDamaged } from "./read-model.ts"
import { overturnedError, refusalError } from "./refusals.ts"

interface Parts {
  readonly ledger: Ledger
  readonly follower: Follower
  readonly read: Projection
  readonly until: Pact["until"]
  /** What this machine is called now. */
  readonly displayName: () => string | null
}

/** What this machine writes into its log, and the answers to it. */
export const makeWriting = Effect.fn("makeWriting")(function* ({ displayName, follower, ledger, read, until }: Parts) {
  const { memberKey, pactId } = ledger
  const agentId = agentIdOf(memberKey)

  const isRemoved = () => read.member(memberKey)?.active === false
  /** Only the read model knows who was a member once. */
  const unwritable = (error: NotAMember): Effect.Effect<never, NotAMember> =>
    Effect.fail(unlessDamaged(isRemoved) === true ? (refusalError("NOT_A_MEMBER") as NotAMember) : error)

  const committer = yield* makeCommitter(
    Effect.fnUntraced(function* (frame: Uint8Array, marked: ReadonlyArray<Marked<Attempt>>) {
      const note = marked.length === 0 ? undefined : noteFrame(pactId, frame, marked)
      const length = yield* Effect.catchTag(follower.appending(ledger.append(frame, note)), "NOT_A_MEMBER", unwritable)
      const decided = yield* follower.settle(length)
      // The frame is in the log and the order passes over it: this machine was removed meanwhile.
      return decided ?? (yield* refusalError("NOT_A_MEMBER") as NotAMember)
    })
  )

  /** This machine was removed, and the order passes over what it wrote after that. */
  const isPassedOver = (id: string) => read.entry(id) === null && isRemoved()

  /**
   * A merge may move an entry, refuse it, and even accept what was refused before: what counts is what was signed. So a
   * refusal, too, is an answer only then.
   */
  const whenConfirmed = ({ accepted, id }: Decided, timeout: number) =>
    until(() => {
      const found = read.entry(id)
      return found?.confirmed === true || isPassedOver(id) ? { found } : null
    }).pipe(
      Effect.flatMap(({ found }) => {
        if (found?.accepted === true)
          return Effect.succeed<Written>({
            id,
            position: found.position,
            json: jsonOf(id, found.body),
            confirmed: true
          })
        const code = found?.code ?? "NOT_A_MEMBER"
        return Effect.fail(accepted ? overturnedError(id, code) : refusalError(code))
      }),
      Effect.timeoutOrElse({
        duration: Duration.millis(timeout),
        orElse: () =>
          new ViewTimeout({
            message: `Entry ${id} is written, but no majority of indexers confirmed it within ${timeout} ms. It stays in this machine's log, and is settled when they are back.`
          })
      })
    )

  /** Entries that stand together: one frame takes them all. */
  const submit = Effect.fnUntraced(function* (drafts: ReadonlyArray<Draft>, attempt?: WriteOptions["attempt"]) {
    const time = yield* Clock.currentTimeMillis
    const from = { agentId, displayName: displayName(), time }
    const entries = yield* Effect.forEach(drafts, (draft) => encodeDraft(draft, from))
    return yield* committer.submit(entries, attempt ?? undefined)
  })

  const writeNew = Effect.fnUntraced(function* (draft: Draft, { attempt }: WriteOptions) {
    const [decided] = yield* submit([draft], attempt)
    return decided ?? (yield* Effect.die(new Error("a write was answered without a verdict")))
  })

  const decide = Effect.fnUntraced(function* (draft: Draft, options: WriteOptions) {
    const earlier = options.attempt?.earlier ?? null
    // What is being written can't be found yet.
    if (earlier !== null) yield* committer.ready
    return (earlier && (yield* findWritten({ ledger, follower, read }, earlier))) ?? (yield* writeNew(draft, options))
  })

  const answer = Effect.fnUntraced(function* (decided: Decided, options: WriteOptions) {
    if (options.wait === "confirmed") return yield* whenConfirmed(decided, options.timeout_ms ?? confirmTime)
    if (!decided.accepted) return yield* refusalError(decided.code)
    const { id, json, position } = decided
    return { id, position, json, confirmed: position < read.confirmed }
  })

  const write = (draft: Draft, options: WriteOptions = {}) =>
    Effect.flatMap(decide(draft, options), (decided) => answer(decided, options))

  return { submit, decide, answer, write, stopped: committer.stopped }
})
