import { Effect } from "effect"
import { Prompt } from "effect/cli"
import { Cli } from "./cli.ts"

/** Asks a person. Ctrl-C ends the command. */
export const ask = Effect.fnUntraced(function* <A>(prompt: Prompt.Prompt<A>) {
  const { color } = yield* Cli
  const { layer } = yield* Effect.promise(() => import("@effect/platform-node/NodeTerminal"))
  return yield* Prompt.run(prompt).pipe(
    Effect.provide(layer),
    Effect.provideService(Prompt.Theme, Prompt.makeTheme({ colors: color }))
  )
})
