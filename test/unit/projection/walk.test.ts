import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { listKind, Lists, spanLength } from "../../../src/projection/lists.ts"
import { openDatabase } from "../../../src/projection/open.ts"
import { readList } from "../../../src/projection/walk.ts"
import { randomFrom } from "../../kit/random.ts"
import { tempDir } from "./kit.ts"

const begin = () => {
  const { db } = openDatabase(join(tempDir(), "index.db"), { pactId: "ab".repeat(32) })
  onTestFinished(() => db.close())
  const lists = new Lists(db)
  const names = ["every", "second", "tenth", "some"] as const
  for (const name of names) lists.open(listKind.topic, name, 0)
  const listOf = (name: string) => lists.find(listKind.topic, name)!
  return { db, lists, names, listOf }
}

interface Kept {
  readonly position: number
  readonly timestamp: number
}

const seeds = Array.from({ length: 10 }, (_, i) => 600 + i)
const borders = { closed: 0, reopened: 0, atBorder: 0 }

it.each(seeds)(
  "seed %i: a window of a list is what plain filtering finds, however it was written and taken back",
  (seed) => {
    const random = randomFrom(seed)
    const { db, listOf, lists, names } = begin()
    const model = new Map<string, Array<Kept>>(names.map((name) => [name, []]))
    let next = 0

    const holds = (name: string): boolean =>
      name === "every" ||
      (name === "second" && next % 2 === 0) ||
      (name === "tenth" && next % 10 === 0) ||
      (name === "some" && random.chance(0.3))
    const write = (count: number): void => {
      for (const end = next + count; next < end; next++) {
        const timestamp = 1000 + (random.chance(0.02) ? random.below(9000) : next)
        db.run("insert into entry values (?, 0, ?, 0, null, ?)", next, timestamp, `body ${next}`)
        db.run("insert into skill values (?, ?)", next, `brief ${next}`)
        for (const name of names) {
          if (!holds(name)) continue
          lists.add(listOf(name), next, timestamp)
          model.get(name)!.push({ position: next, timestamp })
        }
      }
    }
    const takeBack = (position: number): void => {
      if (random.chance(0.5)) lists.forget()
      for (const name of names) {
        const kept = model.get(name)!
        const left = kept.filter((entry) => entry.position < position)
        if (left.length === kept.length) continue
        if (Math.floor(left.length / spanLength) < Math.floor(kept.length / spanLength)) borders.reopened++
        if (left.length % spanLength === 0) borders.atBorder++
        lists.cut(listOf(name), kept.length - left.length, position)
        model.set(name, left)
      }
      lists.flush()
      db.run("delete from skill where position >= ?", position)
      db.run("delete from entry where position >= ?", position)
      next = position
    }
    const step = (): void => {
      if (random.chance(0.25) && next > 0) {
        // As often as not exactly where a run ends.
        const ends = model.get(random.pick(names))!.filter((_, i) => i % spanLength === 0)
        takeBack(
          random.chance(0.5) && ends.length > 0
            ? random.pick(ends).position
            : next - random.below(Math.min(next, 400) + 1)
        )
      }
      write(random.pick([1, 1, 2, 30, spanLength - 1, spanLength, spanLength + 1, 700]))
      lists.flush()
    }
    const failing = (): void => {
      const before = { next, model: [...model].map(([name, kept]): [string, Array<Kept>] => [name, [...kept]]) }
      const fail = () =>
        db.transaction(() => {
          step()
          if (random.chance(0.5)) write(200)
          throw new Error("the disk is full")
        })
      expect(fail).toThrow("the disk is full")
      lists.forget()
      next = before.next
      for (const [name, kept] of before.model) model.set(name, kept)
    }

    for (let round = 0; round < 60; round++) {
      if (random.chance(0.15)) failing()
      db.transaction(step)
      for (const [name, kept] of model) {
        const list = listOf(name).id
        const full = Math.floor(kept.length / spanLength)
        borders.closed += full
        expect(db.get("select count(*) n from span where list = ?", list)).toEqual({ n: full })
        expect(db.get("select count(*) n from posting where list = ?", list)).toEqual({ n: kept.length % spanLength })
        const some = () => (random.chance(0.5) ? random.below(next + 1) : (random.pick(kept)?.position ?? 0))
        for (let n = 0; n < 6; n++) {
          const order = random.pick(["asc", "desc"] as const)
          const low = random.chance(0.5) ? 0 : some()
          const high = random.chance(0.5) ? Number.MAX_SAFE_INTEGER : some()
          const limit = random.pick([1, 51, spanLength, 1 + random.below(1000)])
          const since = random.chance(0.5) ? undefined : random.below(1000 + next)
          const table = since === undefined && random.chance(0.3) ? "skill" : "entry"
          const wanted = kept
            .filter(({ position, timestamp }) => position >= low && position <= high && timestamp >= (since ?? 0))
            .map(({ position }) => ({ position, body: `${table === "entry" ? "body" : "brief"} ${position}` }))
          const found = readList(db, list, { low, high, order, limit }, { since, table })
          expect(found, `seed ${seed}, round ${round}, ${name}`).toEqual(
            (order === "asc" ? wanted : wanted.toReversed()).slice(0, limit)
          )
        }
      }
    }
  }
)

it("the seeds have closed, cut into and opened again enough runs to mean something", () => {
  expect(borders.closed).toBeGreaterThan(seeds.length * 500)
  expect(borders.reopened).toBeGreaterThan(seeds.length * 10)
  expect(borders.atBorder).toBeGreaterThan(seeds.length * 3)
})
