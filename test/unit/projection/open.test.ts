import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, it, onTestFinished } from "vitest"
import { Internal, StorageFull } from "../../../src/domain/errors.ts"
import { Database } from "../../../src/projection/database.ts"
import { Projection } from "../../../src/projection/Projection.ts"
import { ada, Blocks, bob, dump, dumpRebuilt, openProjection, sent, tempDir } from "./kit.ts"

const written = async (count = 300) => {
  const blocks = new Blocks()
  for (let i = 0; i < count; i++) blocks.know(i % 2 === 0 ? ada : bob, `t${i % 7}`, `fact ${i} ${"x".repeat(200)}`)
  const dir = tempDir()
  const file = join(dir, "index.db")
  const projection = openProjection(file, blocks.pactId)
  await projection.follow(blocks.snapshot())
  return { blocks, dir, file, projection }
}
const beside = (file: string) =>
  readdirSync(join(file, ".."))
    .filter((name) => name !== basename(file))
    .sort()
const changed = (file: string, sql: string) => {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}

/** Fills all pages of a table with noise. */
const spoil = (file: string, table: string) => {
  const db = new DatabaseSync(file)
  const pages = db.prepare("select pageno from dbstat where name = ?").all(table)
  db.close()
  const bytes = readFileSync(file)
  for (const { pageno } of pages) bytes.fill(0x5a, 4096 * (Number(pageno) - 1), 4096 * Number(pageno))
  writeFileSync(file, bytes)
}

it("makes a file where there is none, and keeps it after that", async () => {
  const { blocks, dir, file, projection } = await written()
  expect(projection.opened).toEqual({ state: "created" })
  projection.close()
  const again = openProjection(file, blocks.pactId)
  expect(again.opened).toEqual({ state: "kept" })
  expect(again.entries).toBe(300)
  expect(again.length).toBe(300)
  const checked = Projection.open(file, { pactId: blocks.pactId, check: true })
  expect(checked.opened).toEqual({ state: "kept" })
  checked.close()
  again.close()
  expect(beside(file)).toEqual([])
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

it("takes an empty file for none", () => {
  const file = join(tempDir(), "index.db")
  writeFileSync(file, "")
  expect(openProjection(file, "ab".repeat(32)).opened).toEqual({ state: "created" })
})

const broken: ReadonlyArray<readonly [string, (bytes: Buffer) => Buffer]> = [
  ["is no database", () => Buffer.from("not a database at all, just text that somebody put there".repeat(100))],
  ["has lost its head", (bytes) => bytes.fill(0, 0, 200)],
  ["was cut short", (bytes) => bytes.subarray(0, 5000)],
  [
    "has a first page of noise",
    (bytes) => Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(3996, 0xa5), bytes.subarray(4096)])
  ]
]

it.each(broken)("puts a file aside that %s, and builds a new one", async (_, damage) => {
  const { blocks, dir, file, projection } = await written()
  projection.close()
  const bytes = damage(readFileSync(file))
  writeFileSync(file, bytes)
  const again = openProjection(file, blocks.pactId)
  expect(again.opened).toEqual({ state: "rebuilt", reason: "damaged", aside: `${file}.damaged` })
  expect(readFileSync(`${file}.damaged`).equals(bytes)).toBe(true)
  expect(again.entries).toBe(0)
  await again.follow(blocks.snapshot())
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

it("notices damage anywhere when it is told to check", async () => {
  const { blocks, file, projection } = await written()
  projection.close()
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 4096 * 20, 4096 * 21)
  writeFileSync(file, bytes)
  const checked = Projection.open(file, { pactId: blocks.pactId, check: true })
  onTestFinished(() => checked.close())
  expect(checked.opened).toMatchObject({ state: "rebuilt", reason: "damaged" })
})

it("survives damage that a query meets: it says so, and the next follow builds a new file", async () => {
  const { blocks, dir, file, projection } = await written()
  projection.close()
  spoil(file, "entry")
  const again = openProjection(file, blocks.pactId)
  expect(again.opened).toEqual({ state: "kept" })
  expect(() => again.log({}, { limit: 1000 })).toThrow(Internal)
  expect(again.damaged).toBe(true)
  let told = 0
  const followed = await again.follow(blocks.snapshot(), {
    onRebuild: () => told++,
    onBatch: () => expect(told).toBe(1)
  })
  expect(followed.rebuilt).toEqual({ state: "rebuilt", reason: "damaged", aside: `${file}.damaged` })
  expect(again.opened).toEqual(followed.rebuilt)
  expect(again.damaged).toBe(false)
  expect(sent(again.log({}, { limit: 1000 }))).toHaveLength(300)
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

/** Until it is told otherwise no new file can be made: the disk is full. */
const fullDisk = () => {
  const { exec } = Database.prototype
  let full = true
  Database.prototype.exec = function (sql) {
    if (full && sql.includes("journal_mode")) throw new StorageFull({ message: "The disk is full." })
    exec.call(this, sql)
  }
  onTestFinished(() => void (Database.prototype.exec = exec))
  return { free: () => void (full = false) }
}

it.each(["damaged", "diverged"] as const)(
  "says that a file that is %s is rebuilt, and goes on when there is room for that",
  async (reason) => {
    const { blocks, dir, file, projection: first } = await written()
    blocks.signed = 200
    await first.follow(blocks.snapshot())
    first.close()
    if (reason === "damaged") spoil(file, "entry")
    else blocks.truncate((blocks.signed = 100))
    const bytes = readFileSync(file)
    const projection = openProjection(file, blocks.pactId)
    if (reason === "damaged") expect(() => projection.log({}, { limit: 1000 })).toThrow(Internal)
    const disk = fullDisk()
    for (let i = 0; i < 2; i++) {
      await expect(projection.follow(blocks.snapshot())).rejects.toThrow(StorageFull)
      expect(() => projection.log({}, {})).toThrow(Internal)
      expect(() => projection.member(ada)).toThrow(Internal)
      expect(() => projection.activeAmong([ada])).toThrow(Internal)
      expect(() => projection.inviteLike("ab")).toThrow(Internal)
    }
    disk.free()
    let told = 0
    const { rebuilt } = await projection.follow(blocks.snapshot(), {
      onRebuild: () => told++,
      // What is not in yet must not be taken for what is not there.
      onBatch: () => expect(() => projection.inviteLike("ab")).toThrow(Internal)
    })
    expect(rebuilt).toMatchObject({ reason })
    expect(told).toBe(1)
    if (reason === "damaged") expect(readFileSync(`${file}.damaged`).equals(bytes)).toBe(true)
    expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
  }
)

it("survives damage that a follow meets", async () => {
  const { blocks, dir, file, projection } = await written()
  projection.close()
  spoil(file, "list")
  for (let i = 0; i < 50; i++) blocks.know(ada, "t0", "more")
  const again = openProjection(file, blocks.pactId)
  const followed = await again.follow(blocks.snapshot())
  expect(followed.rebuilt).toMatchObject({ reason: "damaged" })
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})

it("keeps a file of another pact, and every other one after it, out of the way", async () => {
  const { file, projection } = await written(3)
  projection.close()
  const bytes = readFileSync(file)
  const asides = ["cd", "ef"].map((byte) => {
    const other = openProjection(file, byte.repeat(32))
    other.close()
    return other.opened
  })
  expect(asides).toEqual([
    { state: "rebuilt", reason: "foreign", aside: `${file}.foreign` },
    { state: "rebuilt", reason: "foreign", aside: `${file}.foreign-2` }
  ])
  expect(readFileSync(`${file}.foreign`).equals(bytes)).toBe(true)
})

it("never takes over a database of somebody else", () => {
  const file = join(tempDir(), "index.db")
  changed(file, "create table notes (text); insert into notes values ('mine')")
  const projection = openProjection(file, "ab".repeat(32))
  expect(projection.opened).toEqual({ state: "rebuilt", reason: "foreign", aside: `${file}.foreign` })
  const db = new DatabaseSync(`${file}.foreign`)
  expect(db.prepare("select text from notes").get()?.["text"]).toBe("mine")
  db.close()
})

it("deletes what another version of it made", async () => {
  const { blocks, file, projection } = await written(3)
  projection.close()
  changed(file, "pragma user_version = 999")
  const again = openProjection(file, blocks.pactId)
  expect(again.opened).toEqual({ state: "rebuilt", reason: "version", aside: null })
  expect(again.entries).toBe(0)
  again.close()
  expect(beside(file)).toEqual([])
})

it("begins again when the log no longer holds what was signed", async () => {
  const { blocks, dir, file, projection } = await written(20)
  blocks.signed = 15
  await projection.follow(blocks.snapshot())
  // A machine that lost its disk's last writes, and wrote on.
  blocks.truncate(10)
  blocks.signed = 10
  const shorter = await projection.follow(blocks.snapshot())
  expect(shorter.rebuilt).toEqual({ state: "rebuilt", reason: "diverged", aside: null })
  expect(projection.confirmed).toBe(10)
  for (let i = 0; i < 20; i++) blocks.know(bob, "t", "other")
  blocks.signed = 30
  await projection.follow(blocks.snapshot())
  blocks.truncate(5)
  for (let i = 0; i < 40; i++) blocks.know(bob, "t", "yet other")
  expect((await projection.follow(blocks.snapshot())).rebuilt).toMatchObject({ reason: "diverged" })
  expect(dump(file)).toEqual(await dumpRebuilt(dir, blocks.pactId, blocks.snapshot()))
})
