import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { noBrowser, openStage, type Page, type Stage } from "../../kit/browser.ts"
import type { Daemon } from "../../kit/daemon.ts"
import { testnet } from "../../kit/testnet.ts"

const patience = { timeout: 40_000 }

/** What the focus is on, by its name or its text. */
const focused = `(() => {
  const { activeElement: at, body } = document
  if (at === null || at === body) return ""
  const label = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent
  return label.trim()
})()`

/** Goes on with Tab until the focus is on what has this name. */
const tabTo = async (page: Page, name: string) => {
  const seen: Array<string> = []
  for (let i = 0; i < 80; i++) {
    const at = await page.evaluate<string>(focused)
    if (at === name || at.startsWith(`${name}\n`)) return
    seen.push(at)
    await page.keyboard.press("Tab")
  }
  throw new Error(`Tab doesn't come to ${name}, only to: ${seen.join(" | ")}`)
}
const press = async (page: Page, name: string) => {
  await tabTo(page, name)
  await page.keyboard.press("Enter")
}
const fill = async (page: Page, label: string, words: string) => {
  await tabTo(page, label)
  await page.keyboard.insertText(words)
}
const to = async (page: Page, letter: string) => {
  await page.keyboard.press("g")
  await page.keyboard.press(letter)
}

describe.skipIf(noBrowser !== null)(`a whole round${noBrowser === null ? "" : ` (${noBrowser})`}`, () => {
  let stage: Stage
  let ada: Daemon
  let bob: Daemon
  beforeAll(async () => {
    stage = await openStage()
    const boot = await stage.within(testnet)
    const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
    ada = await stage.start(await stage.otherHome(), { env })
    bob = await stage.start(await stage.otherHome(), { env })
  })
  afterAll(() => stage.close())

  it("is done with keys alone: create, invite, join, share the work, remove", { timeout: 120_000 }, async () => {
    const { faults, page: hers } = await stage.signedIn(ada)
    const { faults: hisFaults, page: his } = await stage.signedIn(bob)

    await press(hers, "Create a pact")
    await hers.getByRole("dialog").waitFor()
    await fill(hers, "Name", "Oak")
    await fill(hers, "Your name in it", "Ada")
    await hers.keyboard.press("Enter")
    await hers.getByRole("list", { name: "Activity, newest first" }).waitFor()

    await to(hers, "n")
    await hers.getByRole("heading", { name: "Invites" }).waitFor()
    await press(hers, "Make an invite")
    await hers.getByRole("dialog").waitFor()
    await press(hers, "Make invite")
    await hers.getByRole("img", { name: "The invite as a QR code" }).waitFor()
    const link = (await hers.getByRole("dialog").locator(".command").innerText()).split(" ").at(-1)!
    await hers.keyboard.press("Escape")

    await press(his, "Join a pact")
    await his.getByRole("dialog").waitFor()
    await fill(his, "Invite", link)
    await fill(his, "Your name in it", "Bob")
    await his.keyboard.press("Enter")
    await his.locator(".badge").getByText("Member", { exact: true }).waitFor(patience)
    await hers.getByRole("img", { name: "Connected to 1 of 1 other agents" }).waitFor(patience)

    // Two workers, one task for each. What one does, the other sees.
    await to(hers, "t")
    const column = (page: Page, name: string) => page.getByRole("list", { name: `${name} tasks` })
    for (const title of ["Count the stars", "Sweep the floor"]) {
      await press(hers, "Add a task")
      await hers.getByRole("dialog").waitFor()
      await fill(hers, "Title", title)
      await hers.keyboard.press("Enter")
      await column(hers, "Open").getByText(title).waitFor()
    }
    await to(his, "t")
    await column(his, "Open").getByText("Count the stars").waitFor(patience)
    for (const [page, title] of [
      [hers, "Sweep the floor"],
      [his, "Count the stars"]
    ] as const) {
      await column(page, "Open").getByText(title).waitFor(patience)
      await openCard(page, title)
      await press(page, "Claim")
      await page.getByRole("dialog").getByText("Held by").waitFor()
      await fill(page, "Result", "Done")
      await press(page, "Complete")
      await page.getByRole("dialog").getByText("Done by").waitFor()
      await page.keyboard.press("Escape")
    }
    for (const page of [hers, his])
      for (const title of ["Count the stars", "Sweep the floor"])
        await column(page, "Complete").getByText(title).waitFor(patience)

    await to(hers, "n")
    await to(his, "n")
    await hers.getByText("Bob").first().waitFor()
    // An indexer is cut off when it has signed its own removal, so it surely learns of it.
    for (const what of ["Promote", "Remove"]) {
      await press(hers, what)
      await hers.keyboard.type(await hers.getByRole("dialog").locator("label code").innerText())
      await hers.keyboard.press("Enter")
      await hers.getByRole("dialog").waitFor({ state: "detached" })
      if (what === "Promote") await his.locator(".badge").getByText("Indexer").waitFor(patience)
    }
    await hers.getByRole("img", { name: "Connected to 0 of 0 other agents" }).waitFor(patience)
    await his.getByText("no member of the pact any more").waitFor(patience)
    await to(his, "p")
    await his.getByText("Not a member").waitFor(patience)
    expect([...faults, ...hisFaults]).toEqual([])
  })
})

/** Goes to the card of a task with the arrow keys of its list. */
const openCard = async (page: Page, title: string) => {
  for (let i = 0; i < 80; i++) {
    if ((await page.evaluate<string>(focused)).includes(title)) return page.keyboard.press("Enter")
    await page.keyboard.press(i % 8 === 7 ? "ArrowDown" : "Tab")
  }
  throw new Error(`The keys don't come to ${title}.`)
}
