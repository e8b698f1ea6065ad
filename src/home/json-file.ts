import { Effect, type FileSystem, Option, Result, Schema } from "effect"
import { basename } from "node:path"
import type { StorageFull } from "../domain/errors.ts"
import { HomeError } from "./errors.ts"
import { type FileContent, readWhole, replaceFile } from "./files.ts"

/** What a file held. `rest` are the fields that this build doesn't know: give them back when the file is written. */
export interface JsonContent<A> extends FileContent {
  readonly value: A
  readonly rest: Readonly<Record<string, unknown>>
}

export interface JsonFile<A> {
  /** None when there is no such file. Nothing is changed on disk, whatever the file holds. */
  readonly read: (path: string) => Effect.Effect<Option.Option<JsonContent<A>>, HomeError, FileSystem.FileSystem>
  /** Replaces the file as one step, mode 0600. */
  readonly write: (
    path: string,
    value: A,
    rest?: JsonContent<A>["rest"]
  ) => Effect.Effect<void, HomeError | StorageFull, FileSystem.FileSystem>
}

/** A JSON object with a `version`. One that a newer OpenPact wrote is refused, so that nothing of it is lost. */
export const jsonFile = <const Fields extends Schema.Struct.Fields>(
  version: number,
  schema: Schema.Struct<Fields> & Schema.Codec<Schema.Struct.Type<Fields>, unknown>
): JsonFile<Schema.Struct.Type<Fields>> => {
  const decode = Schema.decodeUnknownResult(schema)
  const encode = Schema.encodeSync(schema)
  return {
    read: Effect.fnUntraced(function* (path) {
      const content = yield* readWhole(path)
      if (Option.isNone(content)) return Option.none()
      const invalid = (why: string) =>
        new HomeError({ problem: "invalid", path, message: `${path} can't be used: ${why}` })
      const json = parse(content.value.bytes)
      if (Result.isFailure(json)) return yield* invalid(json.failure)
      const { version: found } = json.success
      if (typeof found === "number" && found > version) {
        return yield* new HomeError({
          problem: "newer",
          path,
          message:
            `${path} was written by a newer OpenPact (version ${found} of ${basename(path)}, this one knows ` +
            `${version}). Nothing was changed. Use the newer OpenPact.`
        })
      }
      const value = decode(json.success)
      if (Result.isFailure(value)) return yield* invalid(value.failure.message.replace(/\n\s*/g, " "))
      const rest = Object.fromEntries(
        Object.entries(json.success).filter(([key]) => !Object.hasOwn(schema.fields, key))
      )
      return Option.some({ ...content.value, value: value.success, rest })
    }),
    write: (path, value, rest = {}) =>
      Effect.suspend(() =>
        replaceFile(path, Buffer.from(JSON.stringify({ ...(encode(value) as object), ...rest }, null, 2) + "\n"))
      )
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parse = (bytes: Uint8Array): Result.Result<Record<string, unknown>, string> => {
  if (bytes.byteLength === 0) return Result.fail("it is empty.")
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    JSON.stringify(value) // what is nested too deep to be written again fails here
    return isObject(value) ? Result.succeed(value) : Result.fail("it holds no JSON object.")
  } catch (error) {
    return Result.fail(
      error instanceof SyntaxError
        ? ["it is no JSON", /\(line \d+ column \d+\)/.exec(error.message)?.[0]].filter(Boolean).join(" ") + "."
        : error instanceof RangeError
          ? "it is nested too deep."
          : "it is no UTF-8 text."
    )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
