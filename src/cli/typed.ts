import { Effect } from "effect"
import { Prompt } from "effect/cli"
import { ask } from "./ask.ts"
import { Cli } from "./cli.ts"
import { CliFailure, exits } from "./failure.ts"

export interface Typed {
  /** True where the command line has confirmed it. */
  readonly yes: boolean
  /** What goes on when it is confirmed, in a sentence. */
  readonly about: string
  /** What has to be typed, and what it is: `its alias`. */
  readonly word: string
  readonly what: string
  /** Said where it isn't confirmed: `Nothing was removed.` */
  readonly nothing: string
  /** The command that asks nothing. */
  readonly next: string
}

/** Has a person type a word before something that can't be undone. */
export const typed = Effect.fnUntraced(function* ({ about, next, nothing, what, word, yes }: Typed) {
  if (yes) return
  const { interactive } = yield* Cli
  const unsure = (why: string) =>
    new CliFailure({ code: "NOT_CONFIRMED", message: `${nothing} ${why}`, next, exit: exits.usage })
  if (!interactive) return yield* unsure("Nobody is here to confirm it.")
  const answer = yield* ask(Prompt.String({ message: `${about} Type ${word} to go on` }))
  if (answer !== word) return yield* unsure(`That is not ${what}.`)
})
