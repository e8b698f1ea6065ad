import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync
} from "node:fs"
import { dirname } from "node:path"

export interface LogFileOptions {
  /** Bytes after which a new file is begun. */
  readonly maxBytes: number
  /** Older files that are kept: `<path>.1` is the newest of them. */
  readonly keep: number
}

/**
 * A file of lines that is appended to and rotated. Lines are written as they come, so a process that dies takes none of
 * its last words with it. Nothing here throws: a line that can't be written is counted, and the next that can be is
 * preceded by one that says how many are missing.
 */
export class LogFile {
  readonly #path: string
  readonly #options: LogFileOptions
  readonly #gap: (lines: number) => string
  #fd: number | null = null
  #size = 0
  /** The file ends in the middle of a line. */
  #torn = false
  #missing = 0

  /** `gap` makes the line that says how many are missing. */
  constructor(path: string, options: LogFileOptions, gap: (lines: number) => string) {
    this.#path = path
    this.#options = options
    this.#gap = gap
  }

  /** False when the line is lost. `line` has no line break in it. */
  write(line: string): boolean {
    const gap = this.#missing === 0 ? "" : this.#gap(this.#missing) + "\n"
    const bytes = Buffer.from(gap + line + "\n")
    try {
      if (this.#size > 0 && this.#size + bytes.byteLength > this.#options.maxBytes) this.#rotate()
      this.#append(bytes)
      this.#missing = 0
      return true
    } catch {
      this.#missing++
      return false
    }
  }

  /** Puts what was written on the disk. */
  close(): void {
    if (this.#fd === null) return
    const fd = this.#fd
    this.#fd = null
    attempt(() => fsyncSync(fd))
    attempt(() => closeSync(fd))
  }

  #append(line: Buffer): void {
    this.#fd ??= this.#open()
    const bytes = this.#torn ? Buffer.concat([newline, line]) : line
    for (let at = 0; at < bytes.byteLength;) {
      const written = writeSync(this.#fd, bytes, at)
      at += written
      this.#size += written
      this.#torn = at < bytes.byteLength
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const fd = openSync(this.#path, "a+", 0o600)
    attempt(() => fchmodSync(fd, 0o600))
    const last = Buffer.alloc(1)
    this.#size = fstatSync(fd).size
    this.#torn = this.#size > 0 && readSync(fd, last, 0, 1, this.#size - 1) === 1 && !last.equals(newline)
    return fd
  }

  /** Where a file can't be moved, the lines go on into the one there is. */
  #rotate(): void {
    const { keep } = this.#options
    this.close()
    attempt(() => {
      rmSync(`${this.#path}.${keep}`, { force: true })
      for (let n = keep; n > 1; n--) attempt(() => renameSync(`${this.#path}.${n - 1}`, `${this.#path}.${n}`))
      renameSync(this.#path, `${this.#path}.1`)
    })
    this.#size = 0
  }
}

const newline = Buffer.from("\n")

const attempt = (action: () => void): void => {
  try {
    action()
  } catch {
    // Logging must never be what stops a program.
  }
}
