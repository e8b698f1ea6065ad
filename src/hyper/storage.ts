import { Effect, type Scope } from "effect"
import fs from "node:fs"
import { dirname, join } from "node:path"
import Corestore from "corestore"
import type Hypercore from "hypercore"
import HypercoreStorage from "hypercore-storage"
import type { StorageFull } from "../domain/errors.ts"
import { toHex } from "../engine/bytes.ts"
import { makeAbsentNodes, nodeRange } from "./absent-nodes.ts"
import { LedgerError, ledgerErrorOf } from "./errors.ts"
import { cacheReads } from "./read-cache.ts"

/** RocksDB keeps this much in memory before it writes a table, and so at most a few of these in its log. */
const writeBufferSize = 4 * 1024 * 1024
/**
 * How many keys and nodes a tree keeps in memory, that of the order and that of `state`: about 5 MB. Hyperbee would keep
 * eight times as many.
 */
const cachedNodes = 8192
/** Milliseconds. */
const openTime = 30_000
export const closeTime = 5_000

/** Runs a step of the modules below. Its failure is told by {@link ledgerErrorOf}, and so is one that takes too long. */
export const attempt = <A>(dir: string, step: () => Promise<A>): Effect.Effect<A, LedgerError | StorageFull> =>
  Effect.tryPromise({
    try: () => within(openTime, step()),
    catch: (cause) =>
      cause instanceof TookTooLong
        ? new LedgerError({ reason: "timeout", message: `The data in ${dir} did not open: it took ${cause.message}.` })
        : ledgerErrorOf(dir, cause)
  })

/** Closes what was opened. It takes its time but not for ever, and a failure is logged: there is nobody left to tell. */
export const closing = (dir: string, close: () => Promise<unknown>): Effect.Effect<void> =>
  Effect.tryPromise(() => within(closeTime, close())).pipe(
    Effect.catch((error) => Effect.logWarning(`${dir} did not close cleanly`, error.cause)),
    Effect.asVoid
  )

class TookTooLong extends Error {}

/** Gives up after `ms`, also where the caller can't be interrupted. What was begun goes on unheard. */
export const within = <A>(ms: number, work: Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TookTooLong(`more than ${ms / 1000} seconds`)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })

export interface OpenStore {
  readonly store: Corestore
  readonly storage: HypercoreStorage
}

/**
 * Opens the folder of one pact's cores and locks it.
 *
 * @param create true makes the folder, and fails where data is. False fails where none is.
 * @param intact true makes damage in the newest entries an error. After a power cut they may be cut short.
 */
export const openStore = Effect.fnUntraced(function* (
  dir: string,
  create: boolean,
  intact: boolean
): Effect.fn.Return<OpenStore, LedgerError | StorageFull, Scope.Scope> {
  yield* attempt(dir, async () => {
    const there = await exists(join(dir, "db"))
    if (create && there) {
      throw new LedgerError({
        reason: "exists",
        message: `${dir} holds a pact's data. A new pact needs an empty folder.`
      })
    }
    if (create) await fs.promises.mkdir(dir, { recursive: true, mode: 0o700 })
    // The mark in CORESTORE is what tells a copied folder, so a folder without it is no better.
    else if (!there || !(await exists(join(dir, "CORESTORE")))) {
      throw new LedgerError({ reason: "missing", message: `The data of this pact is not in ${dir}, or not all of it.` })
    }
  })
  const nodes = makeAbsentNodes()
  const storage = yield* Effect.acquireRelease(
    attempt(dir, async () => {
      const storage = new HypercoreStorage(dir, {
        writeBufferSize,
        createIfMissing: create,
        walRecoveryMode: intact ? 0 : 2
      })
      // It would remove the newest entries after certain errors. They are kept for whoever can still read them.
      storage._maybeRecoverLater = () => {}
      cacheReads(storage.rocks._state, nodes)
      await storage.ready()
      return storage
    }),
    (storage) => closing(dir, () => storage.close())
  )
  // Who doesn't know the last key tells of no node as absent, and all else goes on.
  yield* Effect.tryPromise(() => storage.db.peek(nodeRange, { reverse: true, values: false })).pipe(
    Effect.map((last) => nodes.openedWith(last?.key ?? null)),
    Effect.ignore
  )
  if (create) yield* attempt(dir, () => makeLast(dir))
  const store = yield* Effect.acquireRelease(
    Effect.sync(() => new Corestore(storage, { globalCache: { maxSize: cachedNodes } })),
    (store) => closing(dir, () => store.close())
  )
  yield* attempt(dir, () => store.ready())
  return { store, storage }
})

/** What a machine's own log says of itself. */
export interface OwnLog {
  readonly pactId: string
  /** True once a peer may have seen it. */
  readonly shared: boolean
}

/** Null when the store holds no log of this machine yet. */
export const ownLogIn = async (store: Corestore): Promise<OwnLog | null> => {
  if ((await store.storage.getAlias({ name: "local", namespace: store.ns })) === null) return null
  const local = store.get({ name: "local", active: false })
  try {
    await local.ready()
    return {
      // A creator's own log is the pact's first core.
      pactId: toHex((await local.getUserData("referrer")) ?? local.key),
      shared: (await local.getUserData(sharedMark)) !== null
    }
  } finally {
    await local.close()
  }
}

/** Notes in the own log that peers may see it from now on. */
export const markShared = async (local: Pick<Hypercore, "getUserData" | "setUserData">): Promise<void> => {
  if ((await local.getUserData(sharedMark)) === null) await local.setUserData(sharedMark, Buffer.from("1"))
}

const sharedMark = "openpact/shared"

/** A new store: the lock file and the names of its parts are on disk when it ends. Nobody else does that. */
const makeLast = async (dir: string): Promise<void> => {
  for (const path of [join(dir, "CORESTORE"), join(dir, "db"), dir, dirname(dir)]) {
    if (process.platform === "win32" && path !== join(dir, "CORESTORE")) continue
    const file = await fs.promises.open(path, "r")
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  fs.promises.stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false
      throw error
    }
  )
