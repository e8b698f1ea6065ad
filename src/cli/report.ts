import { Console, Effect } from "effect"
import { asCalled } from "./cli.ts"
import { Ended, type Report } from "./failure.ts"
import { jsonText, plain, type Style } from "./text.ts"

/** Tells a failure on stderr, in one line of JSON with --json, and ends with its code. */
export const tell = (report: Report, json: boolean, style: Style): Effect.Effect<never, Ended> =>
  Effect.andThen(
    Console.error(json ? jsonText(jsonOf(report)) : textOf(report, style)),
    Effect.fail(new Ended({ exit: report.exit }))
  )

const jsonOf = ({ code, exit, message, next }: Report) => ({
  error: code,
  message: asCalled(message),
  next: next === null ? null : asCalled(next),
  exit
})

const textOf = ({ code, message, next }: Report, { bold, red }: Style): string => {
  const told = plain(asCalled(message))
  const command = next === null ? null : asCalled(next)
  const first = `${red(code)}: ${told}`
  return command === null || told.includes(command) ? first : `${first}\nTry: ${bold(command)}`
}
