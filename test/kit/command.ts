import { Effect, Exit, Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isAlive, type ProcessMark } from "../../src/home/process.ts"
import { bin, root } from "./build.ts"
import { tempDir } from "./temp.ts"

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The lines of stdout as JSON. */
  readonly json: ReadonlyArray<Readonly<Record<string, unknown>>>
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Flags of Node. */
  readonly node?: ReadonlyArray<string>
  readonly bin?: string
  readonly cwd?: string
  /** On a terminal that the program `script` makes, see {@link hasTerminals}. All it says goes to stdout. */
  readonly terminal?: boolean
}

/** True where the `script` of util-linux is. */
export const hasTerminals = process.platform === "linux" && existsSync("/usr/bin/script")

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
  /** Types on a terminal. */
  readonly type: (text: string) => void
  /** Resolves when stdout and stderr together hold the text, fails with both when that takes too long. */
  readonly says: (text: string) => Promise<void>
}

const patience = 20_000

/** Compiled code is kept over tests, as it is for users. */
const code = join(root, "node_modules/.cache/openpact/code")

/** A home of its own and the shipped command on it. When the Scope closes, its daemon is killed and the home removed. */
export const makeCommand = Effect.gen(function* () {
  const home = join(yield* tempDir("openpact-cli"), "home")
  const folder = yield* tempDir("openpact-user")
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    NODE_COMPILE_CACHE: code,
    OPENPACT_HOME: home,
    OPENPACT_PORT: "0",
    OPENPACT_DASHBOARD_PORT: "0",
    OPENPACT_BOOTSTRAP: "none"
  }
  const children = new Set<ChildProcess>()

  const start = (args: ReadonlyArray<string>, options: RunOptions = {}): Running => {
    const whole = [process.execPath, ...(options.node ?? []), options.bin ?? bin(), ...args]
    const [program, ...rest] = options.terminal ? ["script", "-qec", whole.join(" "), "/dev/null"] : whole
    const child = spawn(program!, rest, {
      cwd: options.cwd ?? folder,
      env: { ...env, ...options.env },
      stdio: "pipe"
    })
    children.add(child)
    let stdout = ""
    let stderr = ""
    const heard = new Set<() => void>()
    const tell = () => heard.forEach((look) => look())
    child.stdout.setEncoding("utf8").on("data", (text: string) => ((stdout += text), tell()))
    child.stderr.setEncoding("utf8").on("data", (text: string) => ((stderr += text), tell()))
    child.stdin.on("error", () => {})
    if (options.terminal !== true) child.stdin.end(options.input ?? "")
    const ended = new Promise<Ran>((resolve) => {
      child.once("close", (code, signal) => {
        children.delete(child)
        resolve({
          code,
          signal,
          stdout,
          stderr,
          get json() {
            return stdout
              .split("\n")
              .filter(Boolean)
              .map((line) => JSON.parse(line))
          }
        })
      })
    })
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`It never said ${JSON.stringify(text)}.\nstdout:\n${stdout}\nstderr:\n${stderr}`)),
          patience
        )
        const look = () => {
          if (!stdout.includes(text) && !stderr.includes(text)) return
          clearTimeout(timer)
          heard.delete(look)
          resolve()
        }
        heard.add(look)
        look()
      })
    return { child, ended, says, type: (text) => child.stdin.write(text) }
  }

  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      for (const child of children) child.kill("SIGKILL")
      const daemon = daemonOf(home)
      if (daemon !== null) await killed(daemon)
    })
  )
  return {
    home,
    /** Where commands run. */
    folder,
    /** What commands run with. */
    env,
    start,
    /** Runs a command to its end. */
    run: (args: ReadonlyArray<string>, options?: RunOptions): Promise<Ran> => start(args, options).ended,
    /** The pid of the daemon by daemon.json. */
    pid: () => daemonOf(home)?.pid ?? null
  }
})
export type Command = Effect.Success<typeof makeCommand>

/** The same for tests without Effect: the function given ends it. */
export const openCommand = async (): Promise<Command & { readonly close: () => Promise<void> }> => {
  const scope = await Effect.runPromise(Scope.make())
  const command = await Effect.runPromise(Scope.provide(makeCommand, scope))
  return { ...command, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

/** The process that daemon.json names. After a kill it may name one that is gone, and whose pid somebody else has. */
const daemonOf = (home: string): ProcessMark | null => {
  try {
    const { bootId, pid, processStart } = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
    return typeof pid === "number" ? { pid, start: processStart, boot: bootId } : null
  } catch {
    return null
  }
}

const killed = async (daemon: ProcessMark): Promise<void> => {
  if (!isAlive(daemon)) return
  process.kill(daemon.pid, "SIGKILL")
  while (isAlive(daemon)) await new Promise((resolve) => setTimeout(resolve, 5))
}
