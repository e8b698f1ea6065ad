import { Console, Context, Effect } from "effect"
import type { SettingError } from "../home/errors.ts"
import { locationsOf } from "../home/locations.ts"
import type { SettingName, SettingValues } from "../home/setting-table.ts"
import { resolveSettings, type SettingSources } from "../home/settings.ts"
import { jsonText, type Style, styleOf, wantsColor } from "./text.ts"

type Flags = NonNullable<SettingSources["flags"]>

/** What every verb goes by: the global flags, and the two ways of telling something. */
export class Cli extends Context.Service<
  Cli,
  {
    /** Absolute. */
    readonly home: string
    readonly json: boolean
    /** True where questions may be asked: a person sits at both ends. */
    readonly interactive: boolean
    /** Whether what goes to stdout is painted. */
    readonly color: boolean
    /** The global flags that are settings. */
    readonly flags: Flags
    /** The home where the command line names one: commands that go on from here name it too. */
    readonly named: string | undefined
    /** For stdout. */
    readonly style: Style
    /** For stderr. */
    readonly talkStyle: Style
    /** A setting by the flags (the global ones and `more`), the environment and the defaults. */
    readonly setting: <Name extends SettingName>(
      name: Name,
      more?: Flags
    ) => Effect.Effect<SettingValues[Name], SettingError>
    /** The answer, on stdout: `value` as one line of JSON with --json, else the text. */
    readonly answer: (value: unknown, text: () => string) => Effect.Effect<void>
    /** Talk, on stderr. Nothing with --json. */
    readonly say: (text: string) => Effect.Effect<void>
    /** How to type a command that goes on from here: `status` gives `npx openpact --home /tmp/x status`. */
    readonly command: (args: string) => string
  }
>()("openpact/cli/Cli") {}

export const openCli = Effect.fnUntraced(function* ({ json, ...flags }: { readonly json: boolean } & Flags) {
  const given = yield* resolveSettings(["home", "noInteractive", "noColor", "logLevel"], { flags })
  const { home } = locationsOf(given.home)
  const named = flags.home === undefined || inBackground ? undefined : home
  const terminal = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb"
  const color = !given.noColor && wantsColor(process.stdout)
  const setting: Cli["Service"]["setting"] = (name, more) =>
    Effect.map(resolveSettings([name], { flags: { ...flags, ...more } }), (values) => values[name])
  return Cli.of({
    home,
    json,
    interactive: terminal && !given.noInteractive && !json,
    color,
    flags,
    named,
    style: styleOf(color),
    talkStyle: styleOf(!given.noColor && wantsColor(process.stderr)),
    setting,
    answer: (value, text) => Console.log(json ? jsonText(value) : text()),
    say: (text) => (json ? Effect.void : Console.error(text)),
    command: (args) => `${callOf(named)} ${args}`
  })
})

/** A daemon in the background is told its home, and what it says is told, and its commands spelled, by who started it. */
const inBackground = process.argv.includes("--detached")
/** Below npm, in a clone for one, the command is no word of the shell. */
export const called: string = process.env.npm_command === undefined || inBackground ? "openpact" : "npx openpact"

const callOf = (home: string | undefined): string => (home === undefined ? called : `${called} --home ${quoted(home)}`)

/** `text` with the commands in it spelled as they can be typed here, for a home that the command line named. */
export const asCalled = (text: string, home?: string): string =>
  text.replace(/(^|: |\$\()openpact(?! --home )(?= [a-z-])/g, (_, before: string) => before + callOf(home))

/** A word as a shell takes it. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
