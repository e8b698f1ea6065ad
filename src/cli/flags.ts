import { Option, Predicate, Schema } from "effect"
import { Flag } from "effect/cli"
import { type Setting, type SettingName, settingTable } from "../home/setting-table.ts"
import { whole } from "../home/setting-values.ts"

/**
 * A setting as a flag. `use` says what it is for in this verb, where the setting is for several things. Its text is read together with the variable and the default by `resolveSettings`, so that all
 * sources are told apart in one place. False and undefined stand for a flag that was not given.
 */
export const settingFlag = (name: SettingName, use?: string): Flag.Flag<string | boolean | undefined> => {
  const { about, env, flag, schema, value }: Setting<unknown> = settingTable[name]
  if (flag === null) throw new Error(`the setting ${name} is no flag`)
  const description = `${use ?? about} [${env}]`
  if (value === null) return switchFlag(flag, description)
  return shapeOf(flag, schema).pipe(
    Flag.withMetavar(value),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )
}

/** Where it is one of some words, shells can complete it. A folder stays as it was typed: `~/x` is for the home to read. */
const shapeOf = (flag: string, schema: unknown): Flag.Flag<string> => {
  const literals = literalsOf(schema)
  return literals === undefined ? Flag.String(flag) : Flag.Literals(flag, literals)
}

/** A flag that is there or not. */
export const switchFlag = (name: string, about: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withoutNegation, Flag.withDescription(about), Flag.withDefault(false))

/** A flag with a text that may be left out. */
export const textFlag = (name: string, metavar: string, about: string): Flag.Flag<string | undefined> =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(about),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )

/** One of some words, or nothing. */
export const choiceFlag = <const Words extends ReadonlyArray<string>>(name: string, words: Words, about: string) =>
  Flag.Literals(name, words).pipe(Flag.withDescription(about), Flag.optional, Flag.map(Option.getOrUndefined))

/** A flag whose text is read by a schema, and what to say was expected where it can't be. */
export const readFlag = <A>(name: string, schema: Schema.Codec<A, string>, expected: string): Flag.Flag<A> =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => Schema.decodeUnknownOption(schema)(text),
      () => expected
    )
  )

/** A whole number of a range. */
export const wholeFlag = (name: string, minimum: number, maximum: number): Flag.Flag<number> =>
  readFlag(name, whole(minimum, maximum), `a whole number from ${minimum} to ${maximum}`).pipe(Flag.withMetavar("N"))

/** How many entries at most. More than one page is fetched where it takes more. */
export const limitFlag = (fallback: number, maximum: number) =>
  wholeFlag("limit", 1, maximum).pipe(
    Flag.withAlias("n"),
    Flag.withDescription(`How many at most, without it ${fallback}.`),
    Flag.withDefault(fallback)
  )

const literalsOf = (schema: unknown): ReadonlyArray<string> | undefined =>
  Predicate.hasProperty(schema, "literals") && isTexts(schema.literals) ? schema.literals : undefined

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((item) => typeof item === "string")
