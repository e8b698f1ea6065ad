import { appendFileSync } from "node:fs"
import { PerformanceObserver } from "node:perf_hooks"

/**
 * Loaded into a daemon by `--import`: writes a line to the file that SOAK_MEMORY names, every 10 seconds. `heap` is the
 * least that was in use right after a collection in that time, which is about what lives.
 */
export interface MemoryLine {
  /** s since the process began. */
  readonly at: number
  /** MB. */
  readonly rss: number
  readonly heap: number
  /** Memory outside of the heap that JavaScript objects hold. */
  readonly external: number
}

const file = process.env["SOAK_MEMORY"]
const every = 10_000
const mb = (bytes: number) => Math.round(bytes / 104_857.6) / 10

if (file !== undefined) {
  let least = Infinity
  new PerformanceObserver(() => {
    least = Math.min(least, process.memoryUsage().heapUsed)
  }).observe({ entryTypes: ["gc"] })
  const note = () => {
    const { external, heapUsed, rss } = process.memoryUsage()
    const line: MemoryLine = {
      at: Math.round(process.uptime()),
      rss: mb(rss),
      heap: mb(Math.min(least, heapUsed)),
      external: mb(external)
    }
    appendFileSync(file, `${JSON.stringify(line)}\n`)
    least = Infinity
  }
  setInterval(note, every).unref()
}
