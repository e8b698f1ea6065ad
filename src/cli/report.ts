import { Console, Effect } from "effect"
import { asCalled } from "./cli.ts"
import { Ended, type Report } from "./failure.ts"
import { jsonText, plain, type Style } from "./text.ts"

/**
 * Tells a failure on stderr, in one line of JSON with --json, and ends with its code.
 *
 * @param home where the command line named one, for the commands in it.
 */
export const tell = (report: Report, json: boolean, style: Style, home?: string): Effect.Effect<never, Ended> =>
  Effect.andThen(
    Console.error(json ? jsonText(jsonOf(report, home)) : textOf(report, style, home)),
    Effect.fail(new Ended({ exit: report.exit }))
  )

const jsonOf = ({ code, exit, message, next }: Report, home?: string) => ({
  error: code,
  message: asCalled(message, home),
  next: next === null ? null : asCalled(next, home),
  exit
})

const textOf = ({ code, message, next }: Report, { bold, red }: Style, home?: string): string => {
  const told = plain(asCalled(message, home))
  const command = next === null ? null : asCalled(next, home)
  const first = `${red(code)}: ${told}`
  return command === null || told.includes(command) ? first : `${first}\nTry: ${bold(command)}`
}
