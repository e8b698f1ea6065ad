import { Context } from "effect"
import type { Command } from "effect/cli"

/** This command, as its verbs see it. */
export class Program extends Context.Service<
  Program,
  {
    readonly version: string
    /** Every verb, this very one and all. */
    readonly whole: () => Command.Command.Any
  }
>()("openpact/cli/Program") {}
