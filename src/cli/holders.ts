import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs"
import { basename } from "node:path"

/** The process that listens on a port of this machine. */
export interface PortHolder {
  readonly pid: number
  /** The program alone. Its arguments may hold what is nobody's business. */
  readonly name: string
}

/** Null where the system doesn't tell, for one because the process belongs to somebody else. */
export const holderOf = (port: number): PortHolder | null => {
  try {
    return process.platform === "linux" ? holderInProc(port) : holderInLsof(port)
  } catch {
    return null
  }
}

/** The process of this user that has a file open, null where there is none or the system doesn't tell. */
export const openerOf = (path: string): number | null => {
  try {
    const file = realpathSync(path)
    const pid =
      process.platform === "linux"
        ? pidsInProc().find((pid) => holdsFile(pid, file))
        : told("lsof", ["-t", "--", file]).split("\n")[0]
    return Number(pid) > 0 ? Number(pid) : null
  } catch {
    return null
  }
}

const pidsInProc = (): ReadonlyArray<string> => readdirSync("/proc").filter((name) => /^\d+$/.test(name))

const listening = "0A"

const holderInProc = (port: number): PortHolder | null => {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((path) => read(path).split("\n").slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(wanted) && state === listening)
    .map((row) => `socket:[${row[9]}]`)
  for (const pid of pidsInProc()) {
    if (sockets.some((socket) => holdsFile(pid, socket))) {
      return { pid: Number(pid), name: basename(read(`/proc/${pid}/cmdline`).split("\u0000")[0] ?? "") }
    }
  }
  return null
}

const holdsFile = (pid: string, target: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === target)
  } catch {
    return false
  }
}

const holderInLsof = (port: number): PortHolder | null => {
  const rows = told("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]).split("\n")
  const field = (letter: string) => rows.find((row) => row.startsWith(letter))?.slice(1)
  const pid = Number(field("p"))
  return pid > 0 ? { pid, name: field("c") ?? "" } : null
}

const told = (program: string, args: ReadonlyArray<string>): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 3000 })

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}
