import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const canTrace = process.platform === "linux" && spawnSync("strace", ["-e", "trace=none", "true"]).status === 0
const why = canTrace ? "" : " (SKIPPED: strace is missing or may not trace here)"
const child = join(import.meta.dirname, "child.ts")
const frames = 6

/** What the child did to the write-ahead log, and what it said, in order. A call counts when it returned. */
type Step = "write" | "sync begins" | "sync ends" | `ack ${number}` | "open" | "closed"

/** Runs the child under strace. `-y` names the file behind each descriptor. */
const trace = (durability: string): ReadonlyArray<Step> => {
  const home = mkdtempSync(join(tmpdir(), "openpact-trace-"))
  try {
    const out = join(home, "trace")
    const calls = "trace=write,pwrite64,writev,pwritev,fdatasync,fsync"
    const command = [process.execPath, "--no-warnings", child, join(home, "pact", "data"), durability, String(frames)]
    const run = spawnSync("strace", ["-f", "-y", "-s", "60", "-e", calls, "-o", out, ...command], {
      encoding: "utf8",
      timeout: 60_000
    })
    assert.strictEqual(run.status, 0, run.stderr)
    return stepsOf(readFileSync(out, "utf8"))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

const stepsOf = (text: string): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  /** What each thread is in the middle of. */
  const begun = new Map<string, Step>()
  for (const line of text.split("\n")) {
    const [, thread = "", call = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    const said = /^write\(1<[^>]*>, "(open|closed|ack \d+)/.exec(call)?.[1]
    if (said !== undefined) {
      steps.push(said as Step)
      continue
    }
    const [, name, path] = /^(\w+)\(\d+<([^>]*)>/.exec(call) ?? []
    if (path !== undefined && /\/db\/\d+\.log$/.test(path)) {
      const syncs = name === "fdatasync" || name === "fsync"
      if (syncs) steps.push("sync begins")
      const end: Step = syncs ? "sync ends" : "write"
      if (call.includes("<unfinished")) begun.set(thread, end)
      else if (/= \d+$/.test(call)) steps.push(end)
    } else if (/^<\.\.\. \w+ resumed>/.test(call)) {
      const end = begun.get(thread)
      if (end !== undefined && /= \d+$/.test(call)) steps.push(end)
      begun.delete(thread)
    }
  }
  return steps
}

/** The steps of each append: all between one word of the child and the next. */
const appends = (steps: ReadonlyArray<Step>): ReadonlyArray<ReadonlyArray<Step>> =>
  Array.from({ length: frames }, (_, i) => {
    const from = i === 0 ? steps.indexOf("open") : steps.indexOf(`ack ${i}`)
    const to = steps.indexOf(`ack ${i + 1}`)
    assert.isAbove(to, from, steps.join(", "))
    return steps.slice(from + 1, to)
  })

describe("the system calls of an append", () => {
  for (const durability of ["strict", "ack"]) {
    it.skipIf(!canTrace)(`show with ${durability} a whole sync between its first write and its answer${why}`, () => {
      const steps = trace(durability)
      for (const append of appends(steps)) {
        const write = append.indexOf("write")
        const begins = append.indexOf("sync begins", write)
        const ends = append.indexOf("sync ends", begins)
        assert.isTrue(write >= 0 && write < begins && begins < ends, append.join(", "))
        // One is enough, and one more for an ack of its own that may come between.
        assert.isAtMost(append.filter((step) => step === "sync begins").length, 2, append.join(", "))
      }
      assert.include(steps.slice(steps.indexOf(`ack ${frames}`)), "sync ends", "and one more when the pact closes")
    })
  }

  it.skipIf(!canTrace)(`show with os no sync at all, but one when the pact closes${why}`, () => {
    const steps = trace("os")
    for (const append of appends(steps)) {
      assert.include(append, "write")
      assert.notInclude(append, "sync begins")
    }
    assert.include(steps.slice(steps.indexOf(`ack ${frames}`)), "sync ends")
  })
})
