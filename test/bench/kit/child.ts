import { Effect, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"

/** A module of this folder in a process of its own. It answers one request after the other. */
export interface Child<Request extends object, Answer> {
  readonly pid: number
  readonly ask: (request: Request) => Effect.Effect<Answer>
}

/** Forks a module that calls {@link answer}. The process ends with the Scope. */
export const forkChild = <Request extends object, Answer>(
  module: URL
): Effect.Effect<Child<Request, Answer>, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => fork(module, { execArgv: [] })),
      (child) => Effect.promise(() => ended(child, () => child.disconnect()))
    ),
    (child) => ({
      pid: child.pid!,
      ask: (request) =>
        Effect.callback<Answer>((resume) => {
          const onExit = (code: number | null) => resume(Effect.die(new Error(`${module.pathname} ended with ${code}`)))
          child.once("exit", onExit)
          child.once("message", (message) => {
            child.off("exit", onExit)
            const { answer, error } = message as { readonly answer: Answer; readonly error?: string }
            resume(error === undefined ? Effect.succeed(answer) : Effect.die(new Error(error)))
          })
          child.send(request)
        })
    })
  )

/** Ends a process and waits for it. */
export const ended = (child: ChildProcess, stop: () => void): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("exit", () => resolve())
    stop()
  })

/** In the child: answers every request of the parent, until it goes. */
export const answer = <Request, Answer>(handle: (request: Request) => Promise<Answer>): void => {
  process.on("message", (request) => {
    handle(request as Request).then(
      (answer) => process.send!({ answer }),
      (error: unknown) =>
        process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    )
  })
  process.on("disconnect", () => process.exit(0))
}
