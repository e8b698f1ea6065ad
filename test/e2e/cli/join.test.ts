import { Effect } from "effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { decodeInvite } from "../../../src/domain/invite-token.ts"
import { makeCommand, type Ran, type RunOptions } from "../../kit/command.ts"
import { live } from "../../kit/live.ts"
import { type Bootstrap, testnet } from "../../kit/testnet.ts"

/** A machine on a private network, driven by the shipped command. */
const machine = Effect.fnUntraced(function* (boot: Bootstrap) {
  const command = yield* makeCommand
  const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
  const run = (args: ReadonlyArray<string>, options: RunOptions = {}): Effect.Effect<Ran> =>
    Effect.promise(() =>
      command.run(args, {
        ...options,
        env: { ...env, ...options.env }
      })
    )
  /** Runs a command that has to go well. */
  const must = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
    const ran = yield* run(args)
    expect(ran.code, `${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`).toBe(0)
    return ran
  })
  const start = (...args: ReadonlyArray<string>) => command.start(args, { env })
  return { ...command, run, must, start }
})

/** A creator, and invites as its command prints them. */
const creator = Effect.fnUntraced(function* (boot: Bootstrap, invites: number) {
  const ada = yield* machine(boot)
  yield* ada.must("init", "--name", "Accord", "--display-name", "Ada")
  const minted = yield* Effect.forEach(
    Array.from({ length: invites }),
    Effect.fnUntraced(function* () {
      const url = (yield* ada.must("invite")).stdout.trim()
      const text = new URL(url).searchParams.get("invite")!
      return { url, text, token: yield* Effect.orDie(decodeInvite(text)) }
    })
  )
  return { ada, minted }
})
type Minted = Effect.Success<ReturnType<typeof creator>>["minted"][number]

/** What a failed command said of it, as a program reads it. */
const failure = ({ code, stderr }: Ran): { readonly code: number | null; readonly error: string } => ({
  code,
  error: JSON.parse(stderr.trim().split("\n").at(-1)!).error
})

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

describe("openpact join", () => {
  live(
    "makes a member of a machine that has nothing but the link, and entries go both ways",
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const { ada, minted } = yield* creator(boot, 1)
        const [{ text, token, url }] = minted as [Minted]
        const reading = ada.start("log", "--follow")
        const bob = yield* machine(boot)
        const joined = yield* bob.must("join", url, "--display-name", "Bob")
        expect(joined.stdout).toBe("You are in Accord. Its alias here: accord\n")
        // The others learn the name before there is anything else of it.
        yield* Effect.promise(() => reading.says("Is called Bob now."))
        expect(joined.stderr).toContain("Looking for others of Accord ...")
        expect(joined.stderr).toContain("openpact record")
        expect((yield* bob.must("status")).stdout).toMatch(/\nNetwork +private, by 127\.0\.0\.1:\d+/)
        const [status] = (yield* bob.must("status", "--json")).json as [{ pact: Record<string, unknown> }]
        expect(status.pact).toMatchObject({ pact_name: "Accord", role: "member", is_member: true, display_name: "Bob" })
        expect(status.pact).not.toHaveProperty("joining")

        const watching = bob.start("log", "--follow")
        yield* bob.must("record", "from bob", "--topic", "t")
        yield* Effect.promise(() => reading.says("from bob"))
        yield* ada.must("record", "from ada", "--topic", "t")
        yield* Effect.promise(() => watching.says("from ada"))

        // Both daemons may come and go.
        yield* bob.must("restart")
        yield* bob.must("record", "from bob again", "--topic", "t")
        yield* Effect.promise(() => reading.says("from bob again"))

        // Joined is joined: who tries once more is told so, on both machines.
        for (const { run } of [bob, ada]) {
          const again = yield* run(["join", text, "--json"])
          expect(failure(again)).toEqual({ code: 6, error: "PACT_ALIAS_EXISTS" })
        }
        yield* bob.must("stop")
        yield* ada.must("stop")
        // The token is gone from the machine that it was for, and stood in no log anywhere.
        const config = JSON.parse(readFileSync(join(bob.home, "pacts/accord/config.json"), "utf8"))
        const logs = [ada.home, bob.home].flatMap((home) => filesOf(join(home, "logs")))
        expect(logs.length).toBeGreaterThan(1)
        for (const secret of [text, token.nonce]) {
          for (const path of [...filesOf(bob.home), ...logs]) {
            expect(readFileSync(path).includes(secret), path).toBe(false)
          }
        }
        for (const path of logs) expect(readFileSync(path).includes(config.encryption_key), path).toBe(false)
      }),
    90_000
  )

  live(
    "tells every way to fail from every other",
    () =>
      Effect.gen(function* () {
        const boot = yield* testnet
        const { ada, minted } = yield* creator(boot, 3)
        const [spent, revoked, unused] = minted as [Minted, Minted, Minted]
        const unknown = yield* Effect.succeed(unused).pipe(
          Effect.map(({ text }) => JSON.parse(Buffer.from(text, "base64url").toString())),
          Effect.map((token) => Buffer.from(JSON.stringify({ ...token, nonce: "ab".repeat(24) })).toString("base64url"))
        )
        const old = Buffer.from(JSON.stringify({ ...unused.token, expiresAt: 1 })).toString("base64url")
        yield* ada.must("invite", "--revoke", revoked.token.nonce)
        yield* ada.must("stop")

        const bob = yield* machine(boot)
        const fails = Effect.fnUntraced(function* (token: string, ...more: ReadonlyArray<string>) {
          return failure(yield* bob.run(["join", token, "--json", ...more]))
        })
        // Before anything is started: what can be told from the text itself.
        expect(yield* fails(spent.text.slice(0, -9))).toEqual({ code: 2, error: "INVITE_BAD_SHAPE" })
        expect(yield* fails("hello")).toEqual({ code: 2, error: "INVITE_BAD_SHAPE" })
        expect(yield* fails(old)).toEqual({ code: 6, error: "INVITE_EXPIRED" })
        expect(failure(yield* bob.run(["join", "--json"]))).toEqual({ code: 2, error: "USAGE" })
        expect(bob.pid()).toBe(null)

        // Nobody is there.
        expect(yield* fails(spent.text, "--timeout", "1s")).toEqual({ code: 7, error: "NO_AGENTS" })
        const [waiting] = (yield* bob.must("list", "--json")).json
        expect(waiting).toMatchObject({ joining: true, waiting_for: "peers", pact_name: "Accord", role: null })
        // It may still do, so no other invite takes its place unasked.
        const other = yield* bob.run(["join", revoked.text, "--timeout", "1s"])
        expect([other.code, other.stderr]).toEqual([
          2,
          expect.stringMatching(/^NOT_CONFIRMED: .* already, as accord, .*openpact status --pact accord \(.*--yes/)
        ])
        expect(yield* fails(revoked.text, "--timeout", "1s", "--yes")).toEqual({ code: 7, error: "NO_AGENTS" })
        expect(yield* fails(spent.text, "--timeout", "1s", "--yes")).toEqual({ code: 7, error: "NO_AGENTS" })
        const early = yield* bob.run(["record", "too early", "--topic", "t", "--json"])
        expect(failure(early)).toEqual({ code: 6, error: "PACT_NOT_READY" })
        // It goes on in the background, over a restart too, and the same command watches it again.
        yield* bob.must("restart")
        const watching = bob.start("join", spent.text)
        yield* Effect.promise(() => watching.says("Looking for others"))
        yield* ada.must("start")
        expect(yield* Effect.promise(() => watching.ended)).toMatchObject({
          code: 0,
          stdout: "You are in Accord. Its alias here: accord\n"
        })

        const carol = yield* machine(boot)
        for (const [token, error, code] of [
          [spent.text, "INVITE_SPENT", 6],
          [revoked.text, "INVITE_REVOKED", 6],
          [unknown, "UNKNOWN_INVITE", 5]
        ] as const) {
          expect(failure(yield* carol.run(["join", token, "--json"]))).toEqual({ code, error })
          // Nothing is left of it.
          expect((yield* carol.must("list", "--json")).json).toEqual([])
          expect(readdirSync(join(carol.home, "pacts"))).toEqual([])
        }
        // Bob is there and can't redeem.
        yield* ada.must("stop")
        expect(failure(yield* carol.run(["join", unused.text, "--json", "--timeout", "5s"]))).toEqual({
          code: 7,
          error: "NO_INDEXER_REACHABLE"
        })
        yield* carol.must("remove", "accord", "--yes")
        yield* carol.must("stop")
        yield* carol.run(["start"], { env: { OPENPACT_BOOTSTRAP: "none" } })
        expect(failure(yield* carol.run(["join", unused.text, "--json"]))).toEqual({ code: 1, error: "NO_NETWORK" })
        for (const { run } of [bob, carol]) yield* run(["stop"])
      }),
    120_000
  )
})
