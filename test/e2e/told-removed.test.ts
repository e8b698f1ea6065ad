import { describe, expect, it } from "vitest"
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { Cli, openCli } from "../../src/cli/cli.ts"
import { warnRemoved } from "../../src/cli/removal.ts"
import { agentIdOf } from "../../src/domain/ids.ts"
import { noBrowser, openStage } from "../kit/browser.ts"
import { makeCommand } from "../kit/command.ts"
import { type Daemon, startDaemon } from "../kit/daemon.ts"
import { openEvents } from "../kit/events.ts"
import { live } from "../kit/live.ts"
import { twoHomes } from "../kit/machines.ts"
import { testnet } from "../kit/testnet.ts"

/** Two members. The second was away when it was removed, and is back. */
const removed = Effect.gen(function* () {
  const boot = yield* testnet
  const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
  const { first, memberKey, second } = yield* twoHomes
  const ada = yield* startDaemon(first, { env })
  yield* Effect.scoped(startDaemon(second, { env }))
  yield* ada.send("POST", "/v1/pacts/accord/admin/remove", { key: memberKey, confirm: true })
  return { ada, bob: yield* startDaemon(second, { env }), memberKey }
}).pipe(Effect.orDie, Effect.provide(NodeServices.layer))

interface Status {
  readonly is_member: boolean
  readonly removal_told_by?: number
}

/** Waits until the daemon tells that its pact changed, and of a removal or of none. */
const toldBy = (daemon: Daemon, count: number | undefined) =>
  Effect.scoped(
    Effect.gen(function* () {
      const events = yield* openEvents(daemon, { query: "?types=pact-changed" })
      while (true) {
        const seen = events.frames.length
        const { removal_told_by } = yield* daemon.get<Status>("/v1/pacts/accord/status")
        if (removal_told_by === count) return
        yield* events.until(`told by ${count}`, (frames) => (frames.length > seen ? true : null))
      }
    })
  )

describe("a machine that was removed while it was away", () => {
  live("says so after each write, until it is let in again", () =>
    Effect.gen(function* () {
      const { ada, bob, memberKey } = yield* removed
      yield* toldBy(bob, 1)
      const { run } = yield* makeCommand
      const type = (...args: ReadonlyArray<string>) =>
        Effect.promise(() => run(args, { env: { OPENPACT_HOME: bob.home } }))
      const told = "1 member says that this machine was removed from the pact. What is written here may reach nobody."
      for (const args of [
        ["record", "Tea is ready", "--topic", "kitchen"],
        ["task", "add", "Make tea"]
      ]) {
        expect(yield* type(...args)).toMatchObject({ code: 0, stderr: expect.stringContaining(told) })
        expect(yield* type(...args, "--json")).toMatchObject({ code: 0, stderr: "" })
      }
      const agents = yield* type("agents")
      expect(agents.stderr).toContain(told)
      const status = yield* type("status")
      expect(status.stdout).toContain("1 member says that this machine was removed from the pact")
      expect(status.stderr).toContain("ask for a new invite, remove the pact here, and join")
      const invite = { confirm: true }
      const { share_url } = yield* ada.send<{ readonly share_url: string }>("POST", "/v1/pacts/accord/invites", invite)
      const again = yield* type("join", share_url)
      expect(again).toMatchObject({
        code: 6,
        stderr: expect.stringMatching(/PACT_ALIAS_EXISTS.*openpact remove accord/s)
      })

      // A write that nobody confirms is the one for which it matters most.
      const said: Array<string> = []
      const cli = yield* openCli({ json: false, home: bob.home })
      const heard = Cli.of({ ...cli, say: (text) => Effect.sync(() => void said.push(text)) })
      for (const _tag of ["VIEW_TIMEOUT", "NOT_FOUND"])
        yield* Effect.flip(warnRemoved(Effect.fail({ _tag }))).pipe(Effect.provideService(Cli, heard))
      expect(said).toEqual([expect.stringContaining(told)])

      yield* ada.send("POST", "/v1/pacts/accord/admin/members", { key: memberKey })
      yield* toldBy(bob, undefined)
      const { stderr } = yield* type("record", "Tea is cold", "--topic", "kitchen")
      expect(stderr).not.toContain("removed")

      // What it holds when it is removed is named.
      const { id } = yield* bob.send<{ readonly id: string }>("POST", "/v1/pacts/accord/tasks", { title: "Wash up" })
      yield* bob.send("PUT", `/v1/pacts/accord/tasks/${id}/claim?wait=confirmed`, {})
      const remove = ["remove-member", agentIdOf(memberKey), "--yes"]
      const gone = yield* Effect.promise(() => run(remove, { env: { OPENPACT_HOME: ada.home } }))
      expect(gone).toMatchObject({ code: 0, stderr: expect.stringContaining("Tasks that it holds stay claimed until") })
    })
  )

  it.skipIf(noBrowser !== null)("says so in the dashboard, until it is let in again", { timeout: 90_000 }, async () => {
    const stage = await openStage()
    try {
      const { ada, bob, memberKey } = await stage.within(removed)
      const { faults, page } = await stage.signedIn(bob)
      const banner = page.getByText("A member says that this machine was removed from the pact.")
      await banner.waitFor({ timeout: 40_000 })
      await stage.within(ada.send("POST", "/v1/pacts/accord/admin/members", { key: memberKey }))
      await banner.waitFor({ state: "detached", timeout: 40_000 })
      expect(faults).toEqual([])
    } finally {
      await stage.close()
    }
  })
})
