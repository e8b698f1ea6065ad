import { Effect } from "effect"
import { Cli } from "../cli.ts"
import { settingFlag, textFlag } from "../flags.ts"
import { warnRemoved } from "../removal.ts"
import { session } from "../session.ts"
import { contentOf } from "../stdin.ts"
import { taskId, waitFlag, waitQuery } from "../task-flags.ts"
import { answerStep } from "../task-text.ts"
import { verb } from "../verb.ts"

const claimFlag = textFlag("claim", "ID", "The claim to act under. Without it, the one that you took last.")
const worker = settingFlag("worker")

/** The fields that name who acts, and under which claim. */
const actor = Effect.fnUntraced(function* (given: {
  readonly worker: string | boolean | undefined
  readonly claim?: string | undefined
}) {
  const { setting } = yield* Cli
  const label = yield* setting("worker", { worker: given.worker })
  return {
    ...(label === undefined ? {} : { worker: label }),
    ...(given.claim === undefined ? {} : { claim: given.claim })
  }
})

const lease = Effect.fnUntraced(function* (given: string | boolean | undefined) {
  const { setting } = yield* Cli
  const ttl = yield* setting("ttl", { ttl: given })
  return ttl === undefined ? {} : { ttl }
})

export const taskClaim = () =>
  verb(
    "claim",
    {
      description: "Take a task, for as long as its ttl says.",
      examples: [
        ["openpact task claim 1a2b3c4d-512 --wait confirmed", "Work that must not be done twice starts so"],
        ["openpact task claim 1a2b3c4d-512 --ttl 10m --worker alice", "One of several agents on this machine"]
      ]
    },
    {
      id: taskId,
      ttl: settingFlag("ttl", "How long it lasts, such as 10m. Without it, what the task says, else 24h."),
      worker,
      wait: waitFlag
    },
    Effect.fn("task claim")(
      function* ({ id, ttl, wait, worker }) {
        const payload = { ...(yield* actor({ worker })), ...(yield* lease(ttl)) }
        const { client, params } = yield* session
        const step = { params: { ...params, id }, headers: {}, query: waitQuery(wait), payload }
        yield* answerStep(yield* client.tasks.claim(step), "Claimed.")
      },
      warnRemoved,
      Effect.scoped
    ),
    "task claim"
  )

export const taskRenew = () =>
  verb(
    "renew",
    {
      description: "Make your claim last longer.",
      examples: [["openpact task renew 1a2b3c4d-512", "Its time starts anew"]]
    },
    {
      id: taskId,
      claim: claimFlag,
      ttl: settingFlag("ttl", "How long it lasts from now on. Without it, as long as the claim did."),
      worker,
      wait: waitFlag
    },
    Effect.fn("task renew")(
      function* ({ claim, id, ttl, wait, worker }) {
        const payload = { ...(yield* actor({ worker, claim })), ...(yield* lease(ttl)) }
        const { client, params } = yield* session
        const step = { params: { ...params, id }, headers: {}, query: waitQuery(wait), payload }
        yield* answerStep(yield* client.tasks.renew(step), "Renewed.")
      },
      warnRemoved,
      Effect.scoped
    ),
    "task renew"
  )

export const taskRelease = () =>
  verb(
    "release",
    {
      description: "Give a task back, for others to take.",
      examples: [["openpact task release 1a2b3c4d-512", "It is open again"]]
    },
    { id: taskId, claim: claimFlag, worker, wait: waitFlag },
    Effect.fn("task release")(
      function* ({ claim, id, wait, worker }) {
        const payload = yield* actor({ worker, claim })
        const { client, params } = yield* session
        const step = { params: { ...params, id }, headers: {}, query: waitQuery(wait), payload }
        yield* answerStep(yield* client.tasks.release(step), "Released.")
      },
      warnRemoved,
      Effect.scoped
    ),
    "task release"
  )

export const taskComplete = () =>
  verb(
    "complete",
    {
      description: "End a task, with its result.",
      examples: [
        [`openpact task complete 1a2b3c4d-512 --result "Notes are in docs/"`, "A text"],
        [`openpact task complete 1a2b3c4d-512 --result '{"files": 3}'`, "Or any JSON"]
      ]
    },
    {
      id: taskId,
      result: textFlag("result", "RESULT", "What came of it: JSON, or else a text. - reads stdin."),
      claim: claimFlag,
      worker,
      wait: waitFlag
    },
    Effect.fn("task complete")(
      function* ({ claim, id, result, wait, worker }) {
        const payload = {
          ...(yield* actor({ worker, claim })),
          ...(result === undefined ? {} : { result: jsonOrText(yield* contentOf(result)) })
        }
        const { client, params } = yield* session
        const step = { params: { ...params, id }, headers: {}, query: waitQuery(wait), payload }
        yield* answerStep(yield* client.tasks.complete(step), "Completed.")
      },
      warnRemoved,
      Effect.scoped
    ),
    "task complete"
  )

const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
