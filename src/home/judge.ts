import { isAlive, type ProcessMark } from "./process.ts"

/** What daemon.json says of the daemon, and what the system says of the file. Plain values, for clients without Effect. */
export interface Told {
  readonly path: string
  /** True where other users may read or write the file. */
  readonly exposed: boolean
  /** The owner's user id, where it is somebody else. */
  readonly stranger: number | null
  /** Null where no daemon is named. */
  readonly holder: ProcessMark | null
  readonly port: number | undefined
}

export interface Missing {
  readonly type: "missing"
  readonly reason: "absent" | "stopped" | "died" | "starting"
  readonly message: string
}

export type Judgement =
  | Missing
  | { readonly type: "found"; readonly holder: ProcessMark; readonly port: number }
  | { readonly type: "unsafe"; readonly problem: "foreign" | "exposed"; readonly message: string }

const missing = (reason: Missing["reason"], what: string): Missing => ({
  type: "missing",
  reason,
  message: `The daemon ${what}. Start it: openpact start`
})

export const absent = missing("absent", "isn't running")

/**
 * Whether a daemon may be talked to. The token counts only while that very process lives, so that it is never sent to a
 * stranger who took the port, and only from a file that nobody else can read or write.
 */
export const judge = ({ exposed, holder, path, port, stranger }: Told): Judgement => {
  if (stranger !== null) {
    return {
      type: "unsafe",
      problem: "foreign",
      message: `${path} belongs to another user (id ${stranger}). Run openpact as that user, or name your own home with --home.`
    }
  }
  if (exposed) {
    return {
      type: "unsafe",
      problem: "exposed",
      message: `${path} holds the API token and other users can read or change it. Close it: chmod 600 '${path}'`
    }
  }
  if (holder === null) return missing("stopped", "isn't running")
  if (!isAlive(holder)) return missing("died", `isn't running: it ended without a stop (pid ${holder.pid})`)
  if (port === undefined) {
    return { type: "missing", reason: "starting", message: "The daemon is starting. Try again in a moment." }
  }
  return { type: "found", holder, port }
}
