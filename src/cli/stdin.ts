import { Effect } from "effect"
import { text } from "node:stream/consumers"

/** `-` stands for what is on stdin, so that long texts and other programs' output can be written. */
export const contentOf = (argument: string): Effect.Effect<string> =>
  argument === "-" ? Effect.promise(() => text(process.stdin)) : Effect.succeed(argument)
