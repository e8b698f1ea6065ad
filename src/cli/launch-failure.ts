import { Effect, FileSystem, Option, Schema } from "effect"
import { CliFailure, type ExitCode, exits } from "./failure.ts"
import { indent } from "./text.ts"

/** A failure as `tell` writes it with --json. */
const Told = Schema.fromJsonString(
  Schema.Struct({
    error: Schema.String,
    message: Schema.String,
    next: Schema.NullOr(Schema.String),
    exit: Schema.Literals(Object.values(exits) satisfies ReadonlyArray<ExitCode>)
  })
)

/** Why a daemon ended at its start: by its own last word, else by the last lines that came from it. */
export const failureIn = Effect.fnUntraced(function* (out: string, log: string, how: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.orElseSucceed(fs.readFileString(out), () => "")
  const lines = text.trimEnd().split("\n")
  const told = Schema.decodeUnknownOption(Told)(lines.at(-1))
  if (Option.isSome(told)) {
    const { error: code, exit, message, next } = told.value
    return yield* new CliFailure({ code, message: `${message}\nThe daemon's log: ${log}`, next, exit })
  }
  const last = text === "" ? "" : `\n${indent(lines.slice(-15).join("\n"))}`
  return yield* new CliFailure({
    code: "NOT_STARTED",
    message: `The daemon ended before it was ready (${how}).${last}\nIts log: ${log}`,
    next: "openpact start --foreground",
    exit: exits.failed
  })
})
