import { Data, Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { limits } from "../domain/limits.ts"
import type { HeldTask } from "../sdk/promise/worker.ts"

/** The work could not be done. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}

/** What is kept of a command's output. The rest of an entry has to have room beside it. */
const resultBytes = limits.payloadBytes - 4096
/** How long a command that is asked to stop may take. */
const patience = 5000
const posix = process.platform !== "win32"

/**
 * Runs a command of this machine's user in a shell for one task. The task comes from others, so none of it becomes part
 * of the command line: it is JSON on stdin and in OPENPACT_TASK. What the command writes to stdout is the result, as
 * JSON where it is that. When this is interrupted, the command and all it started are ended.
 */
export const execTask = (command: string, task: HeldTask): Effect.Effect<unknown, CommandFailed> =>
  Effect.callback((resume) => {
    const json = JSON.stringify(task)
    const child = spawn(command, {
      shell: true,
      // A process group of its own, so that it can be ended with all that it started.
      detached: posix,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, OPENPACT_TASK: json, OPENPACT_TASK_ID: task.id, OPENPACT_CLAIM: task.claim }
    })
    const chunks: Array<Buffer> = []
    let size = 0
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= resultBytes) chunks.push(chunk)
    })
    // A command that doesn't read it closes it.
    child.stdin.on("error", () => {})
    child.stdin.end(`${json}\n`)
    child.once("error", ({ message }) => resume(failed(`The command can't be run: ${message}`)))
    child.once("close", (code, signal) => {
      if (code !== 0) return resume(failed(`The command ended with ${signal ?? `code ${code}`}.`))
      if (size > resultBytes) return resume(failed(`The command wrote more than ${resultBytes} bytes to stdout.`))
      resume(Effect.succeed(resultOf(Buffer.concat(chunks).toString())))
    })
    return stop(child)
  })

const failed = (message: string) => Effect.fail(new CommandFailed({ message }))

const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const timer = setTimeout(() => signal(child, "SIGKILL"), patience)
    child.once("exit", () => {
      clearTimeout(timer)
      // What it started and left behind.
      signal(child, "SIGKILL")
      resume(Effect.void)
    })
    signal(child, "SIGTERM")
  })

const signal = (child: ChildProcess, name: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  try {
    if (posix) process.kill(-child.pid, name)
    else child.kill(name)
  } catch {
    // It is gone.
  }
}

/** Undefined for no output, JSON where it is some, else the text without the line's end. */
const resultOf = (output: string): unknown => {
  const text = output.replace(/\r?\n$/, "")
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
