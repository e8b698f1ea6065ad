import { Effect } from "effect"
import { makeClient } from "../sdk/promise/client.ts"
import { wayHome } from "../sdk/promise/discover.ts"
import { ApiError, OpenPactError } from "../sdk/promise/errors.ts"
import type { WorkOptions } from "../sdk/promise/worker.ts"

export interface Work extends Omit<WorkOptions, "signal"> {
  readonly home: string
  /** An alias, an id or `default`. */
  readonly pactId: string
}

/** Takes tasks and does them. When this is interrupted, it goes on until the task in hand was given back. */
export const workTasks = ({ home, pactId, ...options }: Work): Effect.Effect<void, unknown> =>
  Effect.callback((resume, signal) => {
    const ended = makeClient(wayHome(home), {})
      .pact(pactId)
      .work({ ...options, signal })
      .then(
        () => resume(Effect.void),
        (error: unknown) => resume(Effect.fail(asTold(error)))
      )
    return Effect.promise(() => ended)
  })

/** What the worker failed with, in the form of the client that all other verbs use. */
const asTold = (error: unknown): unknown => {
  if (!(error instanceof OpenPactError)) return error
  const { code, message } = error
  return error instanceof ApiError
    ? { error: code, status: error.status, message, details: error.details }
    : { ...error, _tag: tags[code], message }
}

const tags: Readonly<Record<string, string>> = {
  NO_DAEMON: "NoDaemon",
  HOME_UNUSABLE: "HomeError",
  CONNECTION_FAILED: "HttpClientError",
  TIMEOUT: "TimeoutError",
  BAD_ANSWER: "BadAnswer"
}
