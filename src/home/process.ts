/** Every command finds its daemon through here. An import of `node:fs` would load its promises along: 3 ms. */
const { readFileSync } = process.getBuiltinModule("node:fs")

/**
 * Which process, beyond its pid: pids come again. `start` is when it started, `boot` under which start of the
 * machine, both in the system's own words and null where the system doesn't tell.
 */
export interface ProcessMark {
  readonly pid: number
  readonly start: string | null
  readonly boot: string | null
}

export const markOf = (pid: number): ProcessMark => ({ pid, start: startOf(pid), boot: bootId() })

/** True while that very process lives. Where the system doesn't tell starts apart, any process with its pid counts. */
export const isAlive = (mark: ProcessMark): boolean => {
  if (mark.boot !== null && mark.boot !== (bootId() ?? mark.boot)) return false
  if (!hasPid(mark.pid)) return false
  const start = startOf(mark.pid)
  return start === null || (start !== dead && (mark.start === null || start === mark.start))
}

/** Changes at every start of the machine. */
export const bootId = (): string | null => {
  if (process.platform === "linux") return read("/proc/sys/kernel/random/boot_id")
  if (process.platform === "darwin") return run("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"])
  return null
}

const startOf = (pid: number): string | null => {
  if (process.platform === "linux") return startInProc(pid)
  return process.platform === "win32" ? null : startInPs(pid)
}

/** What {@link startInProc} and {@link startInPs} say of a process that is dead and waits for its parent. */
const dead = "dead"

/** Field 22 of /proc/pid/stat in clock ticks. Field 2 is the program's name and may hold anything. */
export const startInProc = (pid: number): string | null => {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  if (fields === undefined) return null
  return fields[0] === "Z" || fields[0] === "X" ? dead : (fields[19] ?? null)
}

/** The same by `ps`, to the second. Language and time zone are fixed, so that every caller reads the same words. */
export const startInPs = (pid: number): string | null => {
  const line = run("ps", ["-o", "stat=,lstart=", "-p", String(pid)])?.split(/\s+/)
  if (line === undefined || line.length < 2) return null
  return line[0]?.startsWith("Z") ? dead : line.slice(1).join(" ")
}

const hasPid = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim()
  } catch {
    return null
  }
}

const run = (program: string, args: ReadonlyArray<string>): string | null => {
  try {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" }
    // Only some systems need this module, and it takes 3 ms to load.
    const { execFileSync } = process.getBuiltinModule("node:child_process")
    return execFileSync(program, args, {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 2000
    }).trim()
  } catch {
    return null
  }
}
