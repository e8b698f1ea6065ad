import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { rolldown } from "rolldown"
import { gzipSync } from "node:zlib"
import { root, sdkDist } from "../../kit/build.ts"
import { startDaemon } from "../../kit/daemon.ts"
import { live } from "../../kit/live.ts"
import { beside, installed } from "../../kit/package.ts"
import { tempDir } from "../../kit/temp.ts"

const run = promisify(execFile)
const program = (name: string) => join(root, "node_modules/.bin", name)

/** What a program says, and how it ended. */
const told = (file: string, args: ReadonlyArray<string>, cwd: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const options = { cwd, env: { PATH: process.env["PATH"], NO_COLOR: "1", ...env }, timeout: 60_000 }
    try {
      const { stderr, stdout } = await run(file, [...args], options)
      return { code: 0, out: stdout, all: stdout + stderr }
    } catch (error) {
      const { code, stderr, stdout } = error as { code: number; stdout: string; stderr: string }
      return { code, out: stdout, all: stdout + stderr }
    }
  })

/** Uses the client as a program would that was written for it. */
const use = `
const main = async ({ connect, NoDaemonError, UnknownPactError }) => {
  const client = await connect({ pact: "work" })
  const { id } = await client.pact().knowledge.record({ topic: "t", content: "From " + kind })
  const found = []
  for await (const entry of client.pact().knowledge.list({ topic: "t", order: "asc", limit: 1 })) found.push(entry.id)
  const refused = await client.pact("nobody").status().catch((error) => error)
  const missing = await connect({ home: "/nowhere" }).catch((error) => error)
  console.log(JSON.stringify({
    last: found.at(-1) === id,
    refused: [refused instanceof UnknownPactError, refused.name, refused.code, refused.status, refused.retryable],
    missing: [missing instanceof NoDaemonError, missing.message]
  }))
}
`
const expected = {
  last: true,
  refused: [true, "UnknownPactError", "UNKNOWN_PACT", 404, false],
  missing: [true, "The daemon isn't running. Start it: openpact start"]
}

describe("the tarball", () => {
  live(
    "runs from ESM and CommonJS in a folder that has nothing else",
    () =>
      Effect.gen(function* () {
        const { folder } = yield* installed
        const home = join(yield* tempDir(), "home")
        const daemon = yield* startDaemon(home)
        yield* daemon.send("POST", "/v1/pacts", { name: "Work", confirm: true })
        const start = "main(sdk).catch((error) => { console.error(error); process.exitCode = 1 })"
        writeFileSync(join(folder, "a.mjs"), `import * as sdk from "openpact/sdk"\nconst kind = "ESM"\n${use}${start}`)
        writeFileSync(join(folder, "b.cjs"), `const sdk = require("openpact/sdk")\nconst kind = "CJS"\n${use}${start}`)
        for (const file of ["a.mjs", "b.cjs"]) {
          const { all, code, out } = yield* told(process.execPath, [file], folder, { OPENPACT_HOME: home })
          expect(code, all).toBe(0)
          expect(JSON.parse(out)).toEqual(expected)
        }
      }),
    120_000
  )

  live(
    "runs on Effect where that is installed",
    () =>
      Effect.gen(function* () {
        const there = yield* installed
        beside(there, "effect")
        const daemon = yield* startDaemon(join(yield* tempDir(), "home"))
        writeFileSync(
          join(there.folder, "a.mjs"),
          `import { Effect, Redacted } from "effect"
          import { clientAt, UnknownPact } from "openpact/sdk/effect"
          const program = Effect.gen(function* () {
            const client = yield* clientAt({ port: ${daemon.port}, token: Redacted.make("${daemon.token}") })
            const { pact_count } = yield* client.host.status()
            const error = yield* Effect.flip(client.pact.status({ params: { pactId: "nobody" } }))
            return { pact_count, known: error instanceof UnknownPact }
          })
          console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(program))))`
        )
        const { all, code, out } = yield* told(process.execPath, ["a.mjs"], there.folder)
        expect(code, all).toBe(0)
        expect(JSON.parse(out)).toEqual({ pact_count: 0, known: true })
      }),
    120_000
  )

  live(
    "has types for ESM, CommonJS and Effect, and the examples of the guide fit them",
    () =>
      Effect.gen(function* () {
        const there = yield* installed
        const { folder } = there
        beside(there, "effect", "@effect/platform-node", "@types/node")
        const wrong = `
          // @ts-expect-error a task has no colour
          task.colour
          // @ts-expect-error a list has no such filter
          pact.tasks.list({ colour: "red" })
          // @ts-expect-error knowledge has a topic
          await pact.knowledge.record({ content: "c" })`
        const right = (head: string) => `${head}
          export const main = async (): Promise<void> => {
            const client = await connect({ signal: AbortSignal.timeout(1000) })
            const pact = client.pact("work")
            const { entry_id } = await pact.tasks.create({ title: "t" }, { wait: "confirmed", idempotencyKey: "k" })
            for await (const task of pact.tasks.list({ status: "open" })) {
              const status: "open" | "claimed" | "complete" = task.status
              console.log(status, entry_id satisfies string)
              ${wrong}
            }
            for await (const event of client.events.stream()) {
              if (event.event === "task-changed") console.log(event.data.task.title)
            }
            try {
              await pact.tasks.claim("1a2b3c4d-1")
            } catch (error) {
              if (error instanceof TaskAlreadyClaimedError) console.log(error.code satisfies "TASK_ALREADY_CLAIMED")
              if (error instanceof ApiError) console.log(error.status satisfies number, error.details?.[0]?.path)
            }
          }`
        const names = "{ ApiError, connect, TaskAlreadyClaimedError }"
        writeFileSync(join(folder, "a.mts"), right(`import ${names} from "openpact/sdk"`))
        writeFileSync(join(folder, "b.cts"), right(`import sdk = require("openpact/sdk")\nconst ${names} = sdk`))
        writeFileSync(
          join(folder, "c.mts"),
          `import { Effect } from "effect"
          import { connect, type UnknownPact } from "openpact/sdk/effect"
          export const program = Effect.gen(function* () {
            const { client } = yield* connect("/home")
            const { entries } = yield* client.tasks.list({ params: { pactId: "default" }, query: { status: "open" } })
            return entries.map(({ title }) => title satisfies string)
          })
          type Failure = typeof program extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
          export const fails: UnknownPact extends Failure ? true : false = true`
        )
        const tsc = join(root, "node_modules/typescript/bin/tsc")
        const compile = (files: ReadonlyArray<string>, ...more: ReadonlyArray<string>) =>
          told(
            process.execPath,
            [
              tsc,
              "--noEmit",
              "--strict",
              "--module",
              "nodenext",
              "--target",
              "es2023",
              "--types",
              "node",
              ...more,
              ...files
            ],
            folder
          )
        const promise = yield* compile(["a.mts", "b.cts"])
        expect(promise.all).toBe("")
        const guide = readFileSync(join(root, "docs/sdk.md"), "utf8")
        const examples = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text], n) => {
          writeFileSync(join(folder, `example-${n}.mts`), text!)
          return `example-${n}.mts`
        })
        expect(examples.length).toBeGreaterThan(5)
        const effect = yield* compile(["c.mts", ...examples], "--skipLibCheck")
        expect(effect.all).toBe("")
      }),
    120_000
  )

  live(
    "is clean under publint and attw",
    () =>
      Effect.gen(function* () {
        const { folder, tarball } = yield* installed
        const lint = yield* told(program("publint"), [tarball, "--strict"], folder)
        expect(lint.all).toContain("All good!")
        const attw = yield* told(program("attw"), [tarball, "--profile", "node16", "--format", "json"], folder)
        const { analysis } = JSON.parse(attw.out) as {
          readonly analysis: {
            readonly problems: ReadonlyArray<{ kind: string; entrypoint: string; resolutionKind: string }>
          }
        }
        const problems = analysis.problems.filter(({ resolutionKind }) => resolutionKind !== "node10")
        // These two are ESM only: Node 22 takes them from CommonJS too.
        expect(problems.map(({ entrypoint, kind }) => `${entrypoint} ${kind}`).sort()).toEqual([
          "./sdk/browser CJSResolvesToESM",
          "./sdk/effect CJSResolvesToESM"
        ])
      }),
    120_000
  )
})

describe("the bundles", () => {
  live(
    "of the promise client hold no Effect and nothing of Holepunch, and are small",
    () =>
      Effect.gen(function* () {
        const sizes = yield* Effect.promise(() =>
          Promise.all(
            ["index.mjs", "browser.mjs"].map(async (name) => {
              const bundle = await rolldown({ input: join(sdkDist(), name), platform: "browser" })
              const { output } = await bundle.generate({ minify: true })
              await bundle.close()
              const [{ code, imports, moduleIds }] = output
              expect({ imports, modules: moduleIds.length }).toEqual({ imports: [], modules: 1 })
              return { name, minified: code.length, gzip: gzipSync(code).length }
            })
          )
        )
        console.log(
          sizes.map(({ gzip, minified, name }) => `${name}: ${minified} bytes minified, ${gzip} gzip`).join("\n")
        )
        for (const { minified } of sizes) expect(minified).toBeLessThan(60_000)
        for (const name of ["index.mjs", "index.cjs", "browser.mjs", "index.d.mts", "index.d.cts", "browser.d.mts"]) {
          const text = readFileSync(join(sdkDist(), name), "utf8")
          const outside = text.match(/^(?:import|export)\b.*\bfrom "[^"]+"|\brequire\("[^"]+"\)|\bimport\("[^"]+"\)/gm)
          expect({ name, outside }).toEqual({ name, outside: null })
        }
        const browser = readFileSync(join(sdkDist(), "browser.mjs"), "utf8")
        expect(browser.match(/node:\w+|\bprocess\.\w+|\bBuffer\b/g)).toBe(null)
      }),
    60_000
  )
})
