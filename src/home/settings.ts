import { Effect, Result, Schema } from "effect"
import { SettingError } from "./errors.ts"
import { type Setting, type SettingName, settingTable, type SettingValues } from "./setting-table.ts"

/** Where settings come from, the first that has one wins. Below all of them stand the defaults. */
export interface SettingSources {
  /** As the command line had them, by setting name. What is undefined or false was not given. */
  readonly flags?: { readonly [Name in SettingName]?: string | number | boolean | undefined }
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `settings` of daemon.json. */
  readonly file?: Readonly<Record<string, unknown>> | undefined
}

type Fault = SettingError["faults"][number]

/** Only the named settings are looked at, so that a bad value stops nobody who doesn't need it. All faults are told. */
export const resolveSettings = <Name extends SettingName>(
  names: ReadonlyArray<Name>,
  { env = process.env, file = {}, flags = {} }: SettingSources
): Effect.Effect<Pick<SettingValues, Name>, SettingError> =>
  Effect.suspend(() => {
    const values: Record<string, unknown> = {}
    const faults: Array<Fault> = unknownNames(file)
    for (const name of names) {
      const setting: Setting<unknown> = settingTable[name]
      const given = find(name, setting, { env, file, flags })
      if (given === null) {
        values[name] = setting.default
        continue
      }
      const value = Schema.decodeUnknownResult(setting.schema)(given.text)
      if (Result.isSuccess(value)) values[name] = value.success
      else faults.push(faultOf(name, setting, given))
    }
    const { dashboardPort, port } = values
    if (port === dashboardPort && typeof port === "number" && port !== 0) {
      faults.push({
        setting: "dashboardPort",
        found: `dashboardPort is ${port}, as port is`,
        expected: "two different ports"
      })
    }
    return faults.length === 0
      ? Effect.succeed(values as Pick<SettingValues, Name>)
      : Effect.fail(new SettingError({ faults, message: faults.map(lineOf).join("\n") }))
  })

interface Given {
  readonly source: string
  /** Null for a value in daemon.json that is no text, number, boolean or list of texts. */
  readonly text: string | null
}

const find = (
  name: SettingName,
  { env, file, flag }: Setting<unknown>,
  sources: Required<SettingSources>
): Given | null => {
  const flagged = sources.flags[name]
  if (flagged !== undefined && flagged !== false) {
    return { source: flag === null ? "the argument" : `--${flag}`, text: String(flagged).trim() }
  }
  const variable = sources.env[env]
  if (variable !== undefined && variable !== "") return { source: env, text: variable.trim() }
  const kept = file && sources.file !== undefined && Object.hasOwn(sources.file, name) ? sources.file[name] : undefined
  return kept === undefined ? null : { source: `settings.${name} in daemon.json`, text: textOf(kept) }
}

const textOf = (value: unknown): string | null => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value).trim()
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : null
}

const faultOf = (name: string, { expected, secret }: Setting<unknown>, { source, text }: Given): Fault => {
  const found = secret === true || text === null ? "can't be used" : `is ${JSON.stringify(text.slice(0, 100))}`
  return { setting: name, found: `${source} ${found}`, expected }
}

const lineOf = ({ expected, found }: Fault): string => `${found}, expected ${expected}.`

const inFile = Object.entries<Setting<unknown>>(settingTable)
  .filter(([, { file }]) => file)
  .map(([name]) => name)

const unknownNames = (file: object): Array<Fault> =>
  Object.keys(file)
    .filter((name) => !inFile.includes(name))
    .map((name) => ({
      setting: name,
      found: `settings.${name} in daemon.json is no setting`,
      expected: `one of ${inFile.join(", ")}`
    }))
