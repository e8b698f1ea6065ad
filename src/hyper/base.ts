import { Deferred, Effect, Exit, type FileSystem, Queue, type Scope } from "effect"
import Autobase from "autobase"
import type { StorageFull } from "../domain/errors.ts"
import { fromHex, toHex } from "../engine/bytes.ts"
import type { Frame } from "../engine/ports.ts"
import { keepConfirming } from "./acks.ts"
import { makeFlushAtomic } from "./atomic-flush.ts"
import { letGoOfClosedWriters } from "./closed-writers.ts"
import { type Durability, type Durable, makeDurable } from "./durability.ts"
import { LedgerError } from "./errors.ts"
import { fetchFewAtFirst } from "./fast-forward.ts"
import { keepLocal } from "./keep-local.ts"
import { countLateBlocks } from "./late-blocks.ts"
import { bearOldProofs } from "./old-proofs.ts"
import { readRunMark, type RunMark } from "./run-mark.ts"
import { makeNodesSane } from "./sane-nodes.ts"
import { attempt, closeTime, closing, openStore, ownLogIn, within } from "./storage.ts"
import { type Apply, closeViews, makeApply, openViews, type Views } from "./views.ts"
import { guardWakeup } from "./wakeup.ts"

export interface LedgerOptions {
  /** The folder of the pact's data, made with mode 0700. Beside it stands `run.json`. */
  readonly dir: string
  /** Absent: a new pact, encrypted from its first block. */
  readonly pactId?: string | undefined
  /** 64 hex. Needed where the pact was never open before, and checked whenever it is given. */
  readonly encryptionKey?: string | undefined
  readonly durability: Durability
  readonly apply: Apply
  /** Bytes that must be free in `dir` to append. */
  readonly reserve?: number | undefined
}

/** One opening of a pact: a ledger may go through several. */
export interface OpenBase {
  readonly base: Autobase<Views>
  readonly durable: Durable
  readonly mark: RunMark
  /** Ends with the reason when the base stops by itself. */
  readonly broken: Deferred.Deferred<unknown>
}

export interface BaseHooks {
  readonly onFrame: (frame: Frame) => void
  readonly onChange: () => void
  /** True when a full disk may have cut the newest writes short. */
  readonly again: boolean
}

export const openBase = Effect.fnUntraced(function* (
  options: LedgerOptions,
  { again, onChange, onFrame }: BaseHooks
): Effect.fn.Return<OpenBase, LedgerError | StorageFull, Scope.Scope | FileSystem.FileSystem> {
  makeFlushAtomic()
  makeNodesSane()
  letGoOfClosedWriters()
  fetchFewAtFirst()
  countLateBlocks()
  bearOldProofs()
  const { apply, dir, durability, encryptionKey, pactId } = options
  const fresh = pactId === undefined
  const mark = yield* readRunMark(dir, fresh, durability)
  const { storage, store } = yield* openStore(dir, fresh, mark.intact && !again)
  const own = yield* attempt(dir, () => ownLogIn(store))
  if (!fresh && own === null) {
    return yield* new LedgerError({ reason: "missing", message: `The data in ${dir} holds no log of this machine.` })
  }
  if (own !== null && own.pactId !== pactId) {
    const message = `The data in ${dir} belongs to the pact ${own.pactId}, not to ${pactId}.`
    return yield* new LedgerError({ reason: "other-pact", message })
  }
  yield* mark.begin(own?.shared === true)

  const broken = Deferred.makeUnsafe<unknown>()
  const stop = (cause: unknown) => void Deferred.doneUnsafe(broken, Effect.succeed(cause))
  const durable = makeDurable(storage, durability, stop)
  const base = new Autobase<Views>(store.session(), pactId === undefined ? null : Buffer.from(fromHex(pactId)), {
    valueEncoding: "binary",
    encrypt: true,
    encryptionKey: encryptionKey === undefined ? null : Buffer.from(fromHex(encryptionKey)),
    // See acks.ts.
    ackInterval: 0,
    open: openViews,
    apply: makeApply(apply, onFrame),
    close: closeViews
  })
  base.setMaxListeners(0)
  base.on("error", stop)
  let length = -1
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* closing(dir, () => base.close())
      const synced = yield* Effect.exit(Effect.tryPromise(() => within(closeTime, durable.sync())))
      yield* closing(dir, () => durable.close())
      const clean = length >= 0 && Exit.isSuccess(synced)
      if (clean) yield* Effect.exit(mark.close(Math.max(length, durable.ownLength())))
    })
  )
  yield* attempt(dir, () => base.ready())
  yield* check(options, base, mark)
  guardWakeup(base)
  keepLocal(base)
  const { local } = base
  length = local.length
  durable.arm(local.core.state.storage.core.dataPointer)
  // Before this nobody could see anything of it. The keys of a new log last in any case.
  if (fresh || durability !== "os") yield* attempt(dir, () => durable.sync())

  local.on("conflict", () => {
    stop(new LedgerError({ reason: "forked", message: forked }))
    void base.close()
  })
  const moved = yield* Queue.sliding<void>(1)
  const onMove = () => {
    Queue.offerUnsafe(moved, undefined)
    onChange()
  }
  for (const event of moves) base.on(event, onMove)
  for (const event of ["append", "truncate", "download"]) base.view.log.on(event, onMove)
  onMove()
  // Nothing may be written while blocks of the own log are missing.
  if (!mark.lostTail()) yield* keepConfirming(base, moved)
  return { base, durable, mark, broken }
})

/** The events of a base after which something may be otherwise. */
const moves = ["update", "fast-forward", "reboot", "writable", "unwritable", "is-indexer", "is-non-indexer"]

const forked =
  "Peers hold other entries of this member than this machine, so its log can't go on. " +
  "Remove this pact here and join it anew."

const check = ({ dir, encryptionKey }: LedgerOptions, base: Autobase<Views>, mark: RunMark) => {
  const key = base.encryptionKey
  if (key === null || (encryptionKey !== undefined && toHex(key) !== encryptionKey)) {
    return new LedgerError({
      reason: "other-key",
      message: `The data in ${dir} is encrypted with another key than the one given.`
    })
  }
  return base.local.length < mark.length
    ? new LedgerError({
        reason: "damaged",
        message:
          `The log of this machine in ${dir} ends at ${base.local.length}, but it had reached ${mark.length}. ` +
          "Entries are missing, and writing on would break it for every peer."
      })
    : Effect.void
}
