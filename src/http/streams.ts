import { Cause, Effect, Exit, type Fiber, type Scope } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Sink } from "./answer.ts"

/** The streamed answers that are open. */
export interface Streams {
  readonly open: (
    request: IncomingMessage,
    response: ServerResponse,
    type: string,
    body: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  ) => void
  /** Ends every stream in good order. */
  readonly end: () => void
}

export const makeStreams = (
  run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>,
  report: (route: string, cause: Cause.Cause<unknown>) => void
): Streams => {
  const fibers = new Set<Fiber.Fiber<void>>()
  return {
    open: (request, response, type, body) => {
      // A stream takes its connection with it when it ends, so that nothing lingers when the server stops.
      response.shouldKeepAlive = false
      response.writeHead(200, ["content-type", type, "cache-control", "no-store", "x-content-type-options", "nosniff"])
      if (request.method === "HEAD") return void response.end()
      response.flushHeaders()
      const fiber = run(Effect.scoped(Effect.suspend(() => body(sinkOf(response)))))
      fibers.add(fiber)
      response.once("close", () => fiber.interruptUnsafe())
      fiber.addObserver((exit) => {
        fibers.delete(fiber)
        if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
          report("stream", exit.cause)
          response.destroy()
        } else response.end()
      })
    },
    end: () => {
      for (const fiber of fibers) fiber.interruptUnsafe()
    }
  }
}

const sinkOf = (response: ServerResponse): Sink => ({
  write: (bytes) => {
    if (!response.destroyed && !response.writableEnded) response.write(bytes)
    return response.writableLength
  },
  drained: Effect.callback((resume) => {
    if (response.destroyed || !response.writableNeedDrain) return resume(Effect.void)
    const onDrain = () => resume(Effect.void)
    response.once("drain", onDrain)
    return Effect.sync(() => response.off("drain", onDrain))
  }),
  drop: () => response.destroy()
})
