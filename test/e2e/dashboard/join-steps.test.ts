import { NodeFileSystem } from "@effect/platform-node"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Pact } from "../../../src/pacts/Pact.ts"
import { must, noBrowser, openStage, type Page, type Stage } from "../../kit/browser.ts"
import { connectTo, type Daemon, launchDaemon } from "../../kit/daemon.ts"
import { openHome } from "../../kit/home.ts"
import { joinHome } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

const patience = { timeout: 40_000 }
/** For several daemons that start and meet, on a machine that has other things to do. */
const whole = { timeout: 120_000 }

describe.skipIf(noBrowser !== null)(`the steps of a join${noBrowser === null ? "" : ` (${noBrowser})`}`, () => {
  let stage: Stage
  let env: Readonly<Record<string, string>>
  beforeAll(async () => {
    stage = await openStage()
    const boot = await stage.within(testnet)
    env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
  })
  afterAll(() => stage.close())

  /** A pact of Ada's in her home, and whatever else is to be in it. No daemon runs. */
  const prepare = async (
    home: string,
    more: (host: Pact) => Effect.Effect<unknown, unknown, never> = () => Effect.void
  ) =>
    Effect.gen(function* () {
      const { pacts } = yield* openHome(home)
      yield* pacts.create({ name: "Accord", display_name: "Ada" })
      const host = yield* pacts.find("accord")
      yield* more(host)
      return host.pactId
    }).pipe(Effect.scoped, Effect.orDie, Effect.runPromise)

  const admit = (home: string) => (host: Pact) =>
    joinHome(home, "accord", host).pipe(Effect.provide(NodeFileSystem.layer))

  const mint = async (ada: Daemon): Promise<string> =>
    (await must<{ readonly token: string }>(ada, "POST", "/v1/pacts/accord/invites", { confirm: true })).token

  const joinIn = async (page: Page, invite: string) => {
    await page.getByRole("button", { name: "Join a pact" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Invite").fill(invite)
    await dialog.getByRole("button", { name: "Join", exact: true }).click()
  }
  const step = (page: Page, words: string) => page.locator("[aria-current=step]").getByText(words).waitFor(patience)
  const member = (page: Page) => page.locator(".badge").getByText("Member", { exact: true }).waitFor(patience)

  it("wait for an indexer where those who are met can't redeem, and end when one comes", whole, async () => {
    const [adaHome, bobHome] = [await stage.otherHome(), await stage.otherHome()]
    await prepare(adaHome, admit(bobHome))
    const ada = await stage.start(adaHome, { env })
    const bob = await stage.start(bobHome, { env })
    const token = await mint(ada)
    await Effect.runPromise(ada.stop)
    const cleo = await stage.start(await stage.otherHome(), { env })
    const { faults, page } = await stage.signedIn(cleo)
    await joinIn(page, token)
    await step(page, "Waiting for an indexer")
    await page.getByText("none that can redeem the invite").waitFor()
    await stage.start(adaHome, { env })
    await member(page)

    // All three see each other then. Cleo's machine is told of the connection of the two others, and of its end.
    await page.getByRole("navigation").getByRole("link", { name: "Network" }).click()
    await page.getByRole("img", { name: "Connected to 2 of 2 other agents" }).waitFor(patience)
    const ties = page.getByRole("list", { name: "Connections" }).getByRole("listitem")
    await ties.filter({ hasText: "Both say so" }).waitFor(patience)
    expect(await ties.count()).toBe(3)
    await Effect.runPromise(bob.stop)
    await page.getByRole("img", { name: "Connected to 1 of 2 other agents" }).waitFor(patience)
    await ties.filter({ hasText: /says? so/ }).waitFor({ ...patience, state: "detached" })
    expect(faults).toEqual([])
  })

  it("wait for a majority of indexers, and what could cost the invite has to be typed", whole, async () => {
    const [adaHome, bobHome] = [await stage.otherHome(), await stage.otherHome()]
    await prepare(adaHome, admit(bobHome))
    const ada = await stage.start(adaHome, { env })
    const bob = await stage.start(bobHome, { env })
    const { public_key: key } = await Effect.runPromise(
      bob.get<{ readonly public_key: string }>("/v1/pacts/accord/status")
    )
    const token = await mint(ada)
    await must(ada, "POST", "/v1/pacts/accord/admin/members?wait=confirmed", { key, indexer: true })
    const { page: bobs } = await stage.signedIn(bob)
    await bobs.getByRole("navigation").getByRole("link", { name: "Pacts" }).click()
    await bobs.locator(".badge").getByText("Indexer").waitFor(patience)
    await Effect.runPromise(ada.stop)
    const cleo = await stage.start(await stage.otherHome(), { env })
    const { faults, page } = await stage.signedIn(cleo)
    await joinIn(page, token)
    await step(page, "Waiting for confirmation")
    await page.getByText("A majority of the indexers has to confirm it").waitFor()
    await page.getByRole("button", { name: "Give up" }).click()
    const gate = page.getByRole("dialog")
    expect(await gate.getByRole("button", { name: "Give up" }).isDisabled()).toBe(true)
    await gate.getByRole("button", { name: "Cancel" }).click()
    await stage.start(adaHome, { env })
    await member(page)
    expect(faults).toEqual([])
  })

  it("wait to be added by key, with what the creator has to run", whole, async () => {
    const adaHome = await stage.otherHome()
    const pactId = await prepare(adaHome)
    const ada = await stage.start(adaHome, { env })
    // Somebody else may be on the way, so she is there to be met.
    await mint(ada)
    const cleo = await stage.start(await stage.otherHome(), { env })
    const { faults, page } = await stage.signedIn(cleo)
    await joinIn(page, pactId)
    await step(page, "Waiting to be added")
    const command = page.getByText(/^openpact add-member [0-9a-f]{64}$/)
    const key = (await command.textContent(patience))!.split(" ").at(-1)!
    await must(ada, "POST", "/v1/pacts/accord/admin/members", { key })
    await member(page)
    expect(faults).toEqual([])
  })

  it("fetch what the pact holds once somebody who has it is there", whole, async () => {
    const [adaHome, cleoHome] = [await stage.otherHome(), await stage.otherHome()]
    await prepare(adaHome, admit(cleoHome))
    // Nobody is there, so it is not waited for until it is a member.
    const cleo = await stage.within(Effect.flatMap(launchDaemon(cleoHome, { env }), connectTo))
    const { faults, page } = await stage.signedIn(cleo)
    await page.getByRole("status").filter({ hasText: "Fetching" }).waitFor(patience)
    await page.getByRole("link", { name: "See how it goes" }).click()
    await step(page, "Fetching")
    await stage.start(adaHome, { env })
    await member(page)
    expect(faults).toEqual([])
  })
})
