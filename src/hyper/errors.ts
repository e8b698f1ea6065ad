import { Schema } from "effect"
import { PactNotReady, StorageFull } from "../domain/errors.ts"
import type { Frame } from "../engine/ports.ts"

/**
 * A pact's data can't be opened, or can't go on. `message` names the folder and says what to do.
 * - `exists`: a new pact was to be made where one is
 * - `missing`: there is no data, or a part of it is gone
 * - `locked`: somebody else has it open
 * - `copied`: it was copied or restored, and a copied log must not be written
 * - `damaged`: the data can't be right
 * - `unreadable`: the system refuses
 * - `other-pact`, `other-key`: it belongs to another pact, or another encryption key
 * - `timeout`: it did not open in time
 * - `forked`: peers hold other entries of this member than this machine
 * - `broken`: it stopped while it was open, by a defect of ours
 */
export class LedgerError extends Schema.TaggedError<LedgerError>()("LedgerError", {
  reason: Schema.Literals([
    "exists",
    "missing",
    "locked",
    "copied",
    "damaged",
    "unreadable",
    "other-pact",
    "other-key",
    "timeout",
    "forked",
    "broken"
  ]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** What went wrong with the data in `dir`, told from the words of the modules below. */
export const ledgerErrorOf = (dir: string, cause: unknown): LedgerError | StorageFull => {
  const said = wordsOf(cause)
  if (/\b(?:EMFILE|ENFILE)\b|Too many open files/i.test(said)) return filesExhausted(dir)
  if (cause instanceof LedgerError || cause instanceof StorageFull) return cause
  if (isFull(said)) return storageFull(dir)
  const error = (reason: LedgerError["reason"], message: string) => new LedgerError({ reason, message, cause })
  if (/could not be locked|lock hold by|lock file/i.test(said)) {
    return error("locked", `${dir} is in use by another process. Stop the daemon that holds it, then try again.`)
  }
  if (/Invalid device file/.test(said)) {
    return error(
      "copied",
      `${dir} was copied or restored from a backup. Writing to a copied log would break this member for every peer. ` +
        `Put the original folder back, or remove this pact here and join it anew.`
    )
  }
  if (/EACCES|EPERM|EROFS|ENOTDIR|Permission denied|Read-only file system|Not a directory/i.test(said)) {
    return error("unreadable", `${dir} can't be used: ${said}`)
  }
  if (/^EIO\b.*(?:read|write|sync)/.test(said)) return error("damaged", `The disk under ${dir} fails: ${said}`)
  return error("damaged", `The data in ${dir} can't be read: ${said}`)
}

/** What stopped a ledger that was open. */
export const stoppedBy = (dir: string, cause: unknown): LedgerError | StorageFull => {
  const error = ledgerErrorOf(dir, cause)
  return error instanceof LedgerError && error.reason === "damaged" && !/^EIO\b/.test(wordsOf(cause)) && error !== cause
    ? new LedgerError({ reason: "broken", message: `This pact stopped: ${wordsOf(cause)}`, cause })
    : error
}

/** `apply` threw. Plain, so that nothing below takes it for a defect of its own and ends the process. */
export class ApplyDefect extends Error {
  constructor(frame: Frame, cause: unknown) {
    super(`Frame ${frame.length} of ${frame.writer} could not be decided: ${String(cause)}`, { cause })
    this.name = "ApplyDefect"
  }
}

export const storageFull = (dir: string): StorageFull =>
  new StorageFull({ message: `No space is left in ${dir}. Free some space there and try again.` })

/** It passes as a full disk does: when others let go of theirs. */
const filesExhausted = (dir: string): StorageFull =>
  new StorageFull({
    message:
      `No more files can be opened in ${dir}: this process or this machine has too many open, connections included. ` +
      "Close some and try again."
  })

export const closing = new PactNotReady({ message: "This pact is closing. Try again when the daemon runs." })

/** Said where nobody can tell what became of a write. */
export const perhapsWritten =
  "It may be in the log, or not: look for it when the pact is open again, or send it again with the same Idempotency-Key."

/** A full disk or quota, in the words of Node or of RocksDB. */
const isFull = (said: string): boolean => /ENOSPC|EDQUOT|No space left|Disk quota exceeded/i.test(said)

/** The messages of an error and its causes, each once. */
const wordsOf = (cause: unknown): string => {
  const said: Array<string> = []
  for (let at = cause; at instanceof Error && said.length < 4; at = at.cause) {
    if (!said.includes(at.message)) said.push("code" in at ? `${String(at.code)} ${at.message}` : at.message)
  }
  return said.length === 0 ? String(cause) : said.join(": ")
}
