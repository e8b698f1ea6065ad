import { Effect, type Scope } from "effect"
import fs from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** The part of a disk that a test plays: which bytes of the write-ahead logs are on it, and how long a sync takes. */
export interface Disk {
  /** From now on no sync ends, until the answer runs or the Scope closes. */
  readonly hold: Effect.Effect<() => void, never, Scope.Scope>
  /** Resolves when `count` more syncs have begun, held or not. */
  readonly syncing: (count?: number) => Promise<void>
  /** From now on every sync fails. */
  readonly break: (code: string) => void
  /** How often a write-ahead log was synced. */
  readonly syncs: () => number
  /** Copies a pact's folder (data, run.json and all) as it would be after a power cut now and a new start. */
  readonly cut: (home: string, to: string) => Promise<void>
}

/** Stands between the program and its disk: it sees every `fdatasync`, and passes it on. */
export const watchDisk: Effect.Effect<Disk, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const { fdatasync } = fs
    /** Bytes that are on the disk for sure. */
    const safe = new Map<string, number>()
    const waiting = new Set<{ left: number; readonly done: () => void }>()
    let held: Array<() => void> | null = null
    let failure: string | null = null
    let syncs = 0
    const patched = (file: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      const stat = fs.fstatSync(file)
      const { size } = stat
      const id = identityOf(stat)
      syncs++
      for (const wait of waiting) if (--wait.left === 0) wait.done()
      const go = () => {
        if (failure !== null) {
          done(Object.assign(new Error(`${failure}: the test's disk, fdatasync`), { code: failure }))
          return
        }
        fdatasync(file, (error) => {
          if (error === null) safe.set(id, Math.max(size, safe.get(id) ?? 0))
          done(error)
        })
      }
      if (held === null) go()
      else held.push(go)
    }
    fs.fdatasync = Object.assign(patched, { __promisify__: fdatasync.__promisify__ })

    const disk: Disk = {
      hold: Effect.acquireRelease(
        Effect.sync(() => {
          const mine: Array<() => void> = (held = [])
          return () => {
            if (held === mine) held = null
            for (const go of mine.splice(0)) go()
          }
        }),
        (release) => Effect.sync(release)
      ),
      syncing: (count = 1) => new Promise((done) => waiting.add({ left: count, done })),
      break: (code) => {
        failure = code
      },
      syncs: () => syncs,
      cut: async (home, to) => {
        copyAtOnce(home, to)
        for (const name of fs.readdirSync(join(home, "data", "db"))) {
          if (!/^\d+\.log$/.test(name)) continue
          const file = identityOf(fs.statSync(join(home, "data", "db", name)))
          fs.truncateSync(join(to, "data", "db", name), safe.get(file) ?? 0)
        }
        await adopt(join(to, "data"))
        newStart(to)
      }
    }
    return { disk, restore: () => void (fs.fdatasync = fdatasync) }
  }),
  ({ restore }) => Effect.sync(restore)
).pipe(Effect.map(({ disk }) => disk))

/** An inode is used again when its file is gone, so its number alone tells nothing. */
const identityOf = ({ birthtimeMs, ino }: fs.Stats): string => `${ino} ${birthtimeMs}`

/**
 * Copies a folder as it is at one moment. RocksDB moves what is in its logs to tables in a thread of its own: a copy that
 * it got between holds a list of tables from before and no log any more, which no power cut leaves.
 */
export const copyAtOnce = (from: string, to: string): void => {
  for (let tries = 0; tries < 100; tries++) {
    const before = shapeOf(from)
    fs.rmSync(to, { recursive: true, force: true })
    try {
      fs.cpSync(from, to, { recursive: true })
    } catch (error) {
      // A file was removed before it was its turn.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") continue
      throw error
    }
    if (shapeOf(from) === before) return
  }
  throw new Error(`${from} did not hold still: ${shapeOf(from)}`)
}

/** Every file of a folder with its size. */
const shapeOf = (folder: string): string =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => `${name} ${fs.statSync(join(folder, name), { throwIfNoEntry: false })?.size}`)
    .join("\n")

/** Makes the storage take a copied folder for the original. */
export const adopt = async (data: string): Promise<void> => {
  fs.rmSync(join(data, "CORESTORE"))
  const DeviceFile = createRequire(import.meta.url)("device-file")
  await new DeviceFile(join(data, "CORESTORE"), { lock: false }).ready()
}

/** Makes `run.json` tell of an earlier start of the machine. */
export const newStart = (home: string): void => editMark(home, { boot: "an earlier start of the machine" })

export const editMark = (home: string, change: Readonly<Record<string, unknown>>): void => {
  const path = join(home, "run.json")
  fs.writeFileSync(path, JSON.stringify({ ...JSON.parse(fs.readFileSync(path, "utf8")), ...change }))
}

/** The folder of a pact, from that of its data. */
export const homeOf = (data: string): string => dirname(data)

/** Writes of nothing but hints (kind 2 of a core's data) say nothing that is not said elsewhere. */
const isHint = ({ key }: { readonly key?: Uint8Array }): boolean => key !== undefined && key[0] === 4 && key[2] === 2

/** Runs `then` after every write of a pact's data, before anybody learns that it is done. */
export const afterWrites = (then: (database: string) => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const HypercoreStorage = createRequire(import.meta.url)("hypercore-storage")
      const prototype = Object.getPrototypeOf(
        new HypercoreStorage(join(tmpdir(), "openpact-never-opened")).rocks._state
      )
      const { createWriteBatch } = prototype
      const seen = new WeakSet<object>()
      prototype.createWriteBatch = function (...options: ReadonlyArray<unknown>) {
        const batch = createWriteBatch.apply(this, options)
        if (seen.has(batch)) return batch
        seen.add(batch)
        const flush = batch.flush.bind(batch)
        batch.flush = async () => {
          const { path } = this
          const says = !batch._operations.every(isHint)
          await flush()
          if (says) then(path)
        }
        return batch
      }
      return () => {
        prototype.createWriteBatch = createWriteBatch
      }
    }),
    (restore) => Effect.sync(restore)
  )
