import { expect, it } from "vitest"
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { bin, root } from "../kit/build.ts"

it(
  "examples/two-machines: every task is done exactly once, though a daemon is killed in between",
  { timeout: 120_000 },
  () => {
    const out = execFileSync(process.execPath, [join(root, "examples/two-machines/run.mjs"), "60"], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], OPENPACT: bin() },
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
      timeout: 110_000
    })
    expect(JSON.parse(out)).toMatchObject({ tasks: 60, complete: 60, twice: 0 })
  }
)
