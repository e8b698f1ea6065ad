import { Effect, type FileSystem, Option, Schema } from "effect"
import { dirname, join } from "node:path"
import type { StorageFull } from "../domain/errors.ts"
import { jsonFile } from "../home/json-file.ts"
import { bootId } from "../home/process.ts"
import type { Durability } from "./durability.ts"
import { LedgerError } from "./errors.ts"

const fields = {
  version: Schema.Literal(1),
  /** The start of the machine under which the pact was opened. */
  boot: Schema.NullOr(Schema.String),
  /** True from a clean close to the next opening. */
  clean: Schema.Boolean,
  durability: Schema.Literals(["strict", "ack", "os"]),
  /** The length of the own log at the last clean close. */
  length: Schema.Int
}
type Mark = Schema.Schema.Type<Schema.Struct<typeof fields>>

const file = jsonFile(1, Schema.Struct(fields))

/** How the last run of a pact ended, in `run.json` beside its data. */
export interface RunMark {
  /** True when the machine did not go down since the last write, so what was written must be there whole. */
  readonly intact: boolean
  /**
   * True when a power cut may have taken entries that peers hold: the machine went down without a clean close, the
   * entries were not synced before they were shown, and somebody may have seen them.
   */
  readonly lostTail: () => boolean
  /** The length that the own log has at least: that of the last clean close. */
  readonly length: number
  /**
   * Notes that a run begins. Only for whoever holds the lock. On disk when it ends.
   *
   * @param shared whether a peer may have seen entries of this machine.
   */
  readonly begin: (shared: boolean) => Effect.Effect<void, LedgerError | StorageFull>
  /** Ends {@link lostTail}. */
  readonly recovered: Effect.Effect<void, LedgerError | StorageFull>
  /** Notes a clean close. Everything else is on disk by then. */
  readonly close: (length: number) => Effect.Effect<void, LedgerError | StorageFull>
}

/** Reads how the last run ended. Nothing is written before {@link RunMark.begin}. */
export const readRunMark = Effect.fnUntraced(function* (dir: string, fresh: boolean, durability: Durability) {
  const path = join(dirname(dir), "run.json")
  const context = yield* Effect.context<FileSystem.FileSystem>()
  const boot = bootId()

  const found = yield* file.read(path).pipe(
    Effect.map(Option.map(({ value }) => value)),
    // What can't be read says nothing, so the worst is taken for true. Only a newer program's file is left alone.
    Effect.catchTag("HomeError", (error) =>
      error.problem === "newer" || error.problem === "unreadable"
        ? Effect.fail(new LedgerError({ reason: "unreadable", message: error.message, cause: error }))
        : Effect.succeed(Option.none<Mark>())
    )
  )
  const unknown: Mark = { version: 1, boot: null, clean: false, durability: "os", length: 0 }
  const last = fresh ? { ...unknown, clean: true } : Option.getOrElse(found, () => unknown)
  const survived = last.clean || (last.boot !== null && last.boot === boot)
  let lost = false
  let mark = last
  const write = (next: Mark) =>
    Effect.suspend(() => {
      mark = next
      return file.write(path, next)
    }).pipe(
      Effect.catchTag("HomeError", (cause) =>
        Effect.fail(new LedgerError({ reason: "unreadable", message: cause.message, cause }))
      ),
      Effect.provideContext(context)
    )
  const runMark: RunMark = {
    intact: survived,
    begin: (shared) =>
      Effect.suspend(() => {
        lost = !survived && last.durability !== "strict" && shared
        // Until the lost end is back, the mark goes on telling of it.
        return write(lost ? last : { ...last, boot, clean: false, durability })
      }),
    lostTail: () => lost,
    length: last.length,
    recovered: Effect.suspend(() => {
      lost = false
      // What was fetched is on disk, and the ledger is closed meanwhile.
      return write({ ...mark, boot, durability, clean: true })
    }),
    close: (length) => Effect.suspend(() => write({ ...mark, clean: !lost, length: Math.max(length, mark.length) }))
  }
  return runMark
})
