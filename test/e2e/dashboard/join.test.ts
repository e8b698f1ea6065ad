import axe from "axe-core"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, noBrowser, openStage, type Page, type Stage } from "../../kit/browser.ts"
import type { Daemon } from "../../kit/daemon.ts"
import { testnet } from "../../kit/testnet.ts"

interface Minted {
  readonly token: string
  readonly share_url: string
  readonly nonce: string
}

const patience = { timeout: 40_000 }

const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`)
}

const join = async (page: Page, fields: Readonly<Record<string, string>>) => {
  const dialog = page.getByRole("dialog")
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label).fill(value)
  await dialog.getByRole("button", { name: "Join", exact: true }).click()
}

describe.skipIf(noBrowser !== null)(`joining in the dashboard${noBrowser === null ? "" : ` (${noBrowser})`}`, () => {
  let stage: Stage
  let adaHome: string
  let ada: Daemon
  let bob: Daemon
  let env: Readonly<Record<string, string>>
  const mint = () => must<Minted>(ada, "POST", "/v1/pacts/accord/invites", { confirm: true })
  const write = (daemon: Daemon, pact: string, content: string) =>
    must(daemon, "POST", `/v1/pacts/${pact}/knowledge`, { topic: "ops", content })

  beforeAll(async () => {
    stage = await openStage()
    adaHome = await stage.otherHome()
    const boot = await stage.within(testnet)
    env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
    ada = await stage.start(adaHome, { env })
    bob = await stage.start(await stage.otherHome(), { env })
    await must(ada, "POST", "/v1/pacts", { name: "Accord", display_name: "Ada", confirm: true })
    await write(ada, "accord", "Written before")
  })
  afterAll(() => stage.close())

  it(
    "is shown step by step, past an invite that was revoked, up to the first entries",
    { timeout: 90_000 },
    async () => {
      const [revoked, good] = [await mint(), await mint()]
      await must(ada, "DELETE", `/v1/pacts/accord/invites/${revoked.nonce}`, { confirm: revoked.nonce })
      await Effect.runPromise(ada.stop)

      const { faults, page } = await stage.signedIn(bob)
      await page.getByRole("button", { name: "Join a pact" }).click()
      await page.getByLabel("Invite").fill("hello")
      expect(await violations(page)).toEqual([])
      await join(page, {})
      await page.getByRole("dialog").getByRole("alert").getByText("This is no invite").waitFor()
      await join(page, { Invite: revoked.share_url, "Your name in it": "Bob", Alias: "mine" })
      const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Accord" }) })
      const step = card.locator("[aria-current=step]")
      await step.getByText("Looking for peers").waitFor()
      expect(await violations(page)).toEqual([])
      const to = (screen: string) =>
        page.getByRole("navigation").getByRole("link", { name: screen, exact: true }).click()
      await to("Knowledge")
      await page.getByText("The pact isn't there yet").waitFor()
      await to("Pacts")

      // From here on the page is told everything: nothing in it is asked for anew.
      ada = await stage.start(adaHome, { env })
      await card.getByRole("alert").getByText("revoked").waitFor(patience)
      expect(await violations(page)).toEqual([])
      expect(await step.textContent()).toBe("Waiting for an indexer")
      await card.getByRole("button", { name: "Use another invite" }).click()
      await join(page, { Invite: good.token })
      await card.getByText("Member", { exact: true }).and(card.locator(".badge")).waitFor(patience)
      expect(await card.getByText("mine").count()).toBe(1)

      await to("Knowledge")
      const list = page.getByRole("list", { name: "Knowledge" })
      await list.getByText("Written before").waitFor(patience)
      await write(ada, "accord", "Written after")
      await list.getByText("Written after").waitFor(patience)
      // What is refused stands in the console. That is the invite that is none.
      expect(faults).toEqual([expect.stringContaining("status of 400")])
    }
  )

  it("is given up where it leads nowhere", async () => {
    const { share_url } = await mint()
    const { faults, page } = await stage.signedIn(stage.daemon)
    await page.getByRole("button", { name: "Join a pact" }).click()
    await join(page, { Invite: share_url })
    await page.locator("[aria-current=step]").getByText("No network").waitFor()
    await page.getByText("The daemon runs without a network").waitFor()
    await page.getByRole("button", { name: "Give up" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Give up" }).click()
    await page.getByText("There is no pact on this machine yet").waitFor()
    expect(faults).toEqual([])
  })
})
