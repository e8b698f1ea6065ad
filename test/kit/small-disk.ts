import { Effect, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import { tempDir } from "./temp.ts"

/** Why no disk of a test's own can be made here, or null where one can. */
export const noSmallDisk = (): string | null => {
  if (process.platform !== "linux") return "only Linux has tmpfs"
  if (process.getuid?.() !== 0) return "only root can mount a small disk"
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" })
    execFileSync("umount", [folder], { stdio: "ignore" })
    return null
  } catch {
    return "this root may not mount"
  } finally {
    execFileSync("rmdir", [folder])
  }
}

/** A disk of so many MB, in memory. */
export const smallDisk = (megabytes: number): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* tempDir("openpact-disk")
    return yield* Effect.acquireRelease(
      Effect.sync(() => {
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", folder])
        return folder
      }),
      () => Effect.sync(() => execFileSync("umount", [folder]))
    )
  })
