import { Effect, type Scope } from "effect"
import { mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder of its own, removed when the Scope closes. */
export const tempDir = (name = "openpact"): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), `${name}-`))),
    // A browser that was ended may still write for a moment.
    (dir) => Effect.promise(() => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
  )
