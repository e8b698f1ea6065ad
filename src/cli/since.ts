import { Effect, Option, Schema } from "effect"
import { span } from "../home/setting-values.ts"
import { CliFailure, exits } from "./failure.ts"

const unit = /^\d+(?:ms|s|m|h|d|w)$/
const date = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/** `90m` ago, or a date with or without a time, by the clock and zone of this machine unless it names one. In ms. */
export const moment = (text: string, now: number = Date.now()): Effect.Effect<number, CliFailure> => {
  const at = unit.test(text)
    ? now - Option.getOrElse(Schema.decodeUnknownOption(span)(text), () => Number.NaN)
    : date.test(text)
      ? new Date(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T")).getTime()
      : Number.NaN
  return Number.isNaN(at)
    ? new CliFailure({
        code: "USAGE",
        message: `--since is ${JSON.stringify(text.slice(0, 100))}, expected a span such as 90m, 24h or 7d, or a date such as 2026-07-01 or 2026-07-01T12:00.`,
        next: "openpact log --help",
        exit: exits.usage
      })
    : Effect.succeed(Math.max(0, at))
}
