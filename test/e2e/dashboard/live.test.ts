import { NodeFileSystem } from "@effect/platform-node"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, noBrowser, openStage, type Page, type Stage } from "../../kit/browser.ts"
import type { Daemon } from "../../kit/daemon.ts"
import { openHome } from "../../kit/home.ts"
import { joinHome } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

interface Made {
  readonly id: string
}

const to = (page: Page, screen: string) => page.getByRole("navigation").getByRole("link", { name: screen }).click()

describe.skipIf(noBrowser !== null)(`the dashboard at work${noBrowser === null ? "" : ` (${noBrowser})`}`, () => {
  let stage: Stage
  let ada: Daemon
  let bob: Daemon
  const write = (daemon: Daemon, method: "POST" | "PUT", path: string, body: object) =>
    must<Made>(daemon, method, `/v1/pacts/accord${path}`, body)

  beforeAll(async () => {
    stage = await openStage()
    const [adaHome, bobHome] = [await stage.otherHome(), await stage.otherHome()]
    const boot = await stage.within(testnet)
    await Effect.runPromise(
      Effect.gen(function* () {
        const { pacts } = yield* openHome(adaHome)
        yield* pacts.create({ name: "Accord", display_name: "Ada" })
        yield* joinHome(bobHome, "accord", yield* pacts.find("accord"))
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), Effect.orDie)
    )
    const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
    ada = await stage.start(adaHome, { env })
    bob = await stage.start(bobHome, { env })
  })
  afterAll(() => stage.close())

  it("shows what another machine does, as it does it", async () => {
    const { faults, page } = await stage.signedIn(ada)
    const activity = page.getByRole("list", { name: "Activity, newest first" })
    await page.getByText("2 of 2").waitFor()
    await write(bob, "POST", "/knowledge", { topic: "ops", content: "Seen by Bob" })
    await activity.getByText("ops: Seen by Bob").waitFor()

    await to(page, "Tasks")
    const column = (name: string) => page.getByRole("list", { name: `${name} tasks` })
    const { id } = await write(bob, "POST", "/tasks", { title: "Count the stars" })
    await column("Open").getByText("Count the stars").waitFor()
    await write(bob, "PUT", `/tasks/${id}/claim`, { ttl: 600_000 })
    await column("Claimed").getByText("Count the stars").waitFor()
    await column("Claimed")
      .getByText(/^0?9:\d\d left$/)
      .waitFor()
    await write(bob, "PUT", `/tasks/${id}/complete`, { result: "Many" })
    await column("Complete").getByText("Count the stars").waitFor()
    expect(await column("Open").getByText("Count the stars").count()).toBe(0)

    await to(page, "Messages")
    await write(bob, "POST", "/messages", { content: "Hello Ada" })
    await page.getByText("Hello Ada").click()
    await page.getByRole("textbox", { name: "Reply" }).fill("Hello Bob")
    await page.getByRole("button", { name: "Reply" }).click()
    await page.getByRole("region", { name: "Thread" }).getByText("Hello Bob").waitFor()
    await to(page, "Network")
    await page.getByRole("img", { name: "Connected to 1 of 1 other agents" }).waitFor()
    expect(faults).toEqual([])
  })

  it("works on tasks: adds, claims, gives back, completes", async () => {
    const { faults, page } = await stage.signedIn(ada)
    await to(page, "Tasks")
    await page.getByRole("button", { name: "Add a task" }).click()
    await page.getByLabel("Title").fill("Sweep the floor")
    await page.getByRole("button", { name: "Add task" }).click()
    await page.getByRole("list", { name: "Open tasks" }).getByText("Sweep the floor").click()
    const dialog = page.getByRole("dialog")
    await dialog.getByRole("button", { name: "Claim" }).click()
    await dialog.getByRole("button", { name: "Release" }).click()
    await dialog.getByRole("button", { name: "Claim" }).click()
    await dialog.getByLabel("Result").fill("Clean")
    await dialog.getByRole("button", { name: "Complete" }).click()
    await dialog.getByText("Result").waitFor()
    await dialog.getByText("Done by").waitFor()
    await page.keyboard.press("Escape")
    await page.getByRole("list", { name: "Complete tasks" }).getByText("Sweep the floor").waitFor()
    expect(faults).toEqual([])
  })

  it("does what can't be undone only for somebody who typed what it is about", async () => {
    const { faults, page } = await stage.signedIn(ada)
    await write(bob, "POST", "/skills", {
      name: "triage",
      version: "1.0.0",
      format: "generic",
      content: "Look\u202e first"
    })
    await to(page, "Skills")
    await page.getByText("triage").click()
    await page.getByText("Look[U+202E] first").waitFor()
    await page.getByRole("button", { name: "Install" }).click()
    const gate = page.getByRole("dialog")
    const go = gate.getByRole("button", { name: "Install" })
    expect(await go.isDisabled()).toBe(true)
    await page.keyboard.type("triag")
    await page.keyboard.press("Enter")
    expect(await go.isDisabled()).toBe(true)
    await page.keyboard.type("e")
    await page.keyboard.press("Enter")
    await page.getByRole("region", { name: "Skill", exact: true }).getByText("Installed").waitFor()
    expect(existsSync(join(ada.home, "pacts/accord/skills/triage"))).toBe(true)

    await to(page, "Network")
    await page.getByRole("button", { name: "Make an invite" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Make invite" }).click()
    await page.getByRole("img", { name: "The invite as a QR code" }).waitFor()
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Revoke" }).click()
    const word = await gate.locator("label code").innerText()
    await page.keyboard.type(word)
    await gate.getByRole("button", { name: "Revoke" }).click()
    await page.getByText("Revoked").waitFor()

    await page.getByRole("button", { name: "Promote" }).click()
    await page.keyboard.type(await gate.locator("label code").innerText())
    await gate.getByRole("button", { name: "Promote" }).click()
    await page.getByText("Indexer").waitFor()

    await to(page, "Pacts")
    await page.getByRole("button", { name: "Leave" }).click()
    expect(await gate.getByRole("button", { name: "Leave" }).isDisabled()).toBe(true)
    await gate.getByRole("button", { name: "Cancel" }).click()
    expect(faults).toEqual([])
  })

  it("is worked with keys alone", async () => {
    const { faults, page } = await stage.signedIn(ada)
    const focus = () =>
      page.evaluate<string>("document.activeElement === document.body ? '' : document.activeElement.textContent")
    for (const content of ["first", "second", "third"])
      await write(ada, "POST", "/knowledge", { topic: "keys", content })
    await page.keyboard.press("Tab")
    expect(await focus()).toBe("Skip to the content")
    await page.keyboard.press("g")
    await page.keyboard.press("k")
    await page.getByRole("list", { name: "Knowledge" }).getByText("third").waitFor()
    await page.keyboard.press("/")
    await page.keyboard.type("second")
    await page.locator("mark", { hasText: "second" }).waitFor()
    await page.getByRole("searchbox").fill("")
    await page.getByRole("list", { name: "Knowledge" }).getByText("third").waitFor()
    while (!(await focus()).includes("third")) await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect.poll(focus).toContain("second")
    await page.keyboard.press("Enter")
    await page.getByRole("region", { name: "Entry" }).getByText("second").waitFor()
    await page.keyboard.press("Escape")
    await page.getByText("Choose an entry to read it here").waitFor()
    await page.keyboard.press("?")
    await page.getByRole("dialog", { name: "Keys" }).waitFor()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await page.getByRole("heading", { name: "Tasks", level: 1 }).waitFor()
    // What has the focus can be seen.
    await page.keyboard.press("Tab")
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid")
    expect(faults).toEqual([])
  })

  it("shows hostile entries as what they are: text", async () => {
    const { faults, page } = await stage.signedIn(ada)
    const payload = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
    const hostile = [
      payload,
      `[click](javascript:document.title='owned') [data](data:text/html,x) <a href="javascript:alert(1)">x</a>`,
      `![beacon](http://203.0.113.7/pixel.png) <style>*{display:none}</style>`,
      `\u202edlrow olleh\u202c \u2066left\u2069 ${"\u0300".repeat(300)}`,
      "x".repeat(60_000),
      `${">".repeat(5000)} deep ${"[".repeat(5000)} ${"*".repeat(5000)}`,
      "| a ".repeat(800) + "\n" + "|---".repeat(800)
    ]
    for (const content of hostile) await write(bob, "POST", "/knowledge", { topic: `<b>\u202etopic`, content })
    await write(bob, "PUT", "/me", { display_name: "\u202eada<i>" })
    await write(bob, "POST", "/tasks", { title: payload, description: payload })
    const last = await write(bob, "POST", "/messages", { content: payload })
    await page.getByRole("list", { name: "Activity, newest first" }).getByText("onerror").first().waitFor()
    const { entries } = await Effect.runPromise(
      ada.get<{ readonly entries: ReadonlyArray<Made> }>("/v1/pacts/accord/knowledge?limit=7")
    )
    for (const path of [
      ...entries.map(({ id }) => `knowledge/${id}`),
      `trace/${last.id}`,
      `messages/${last.id}`,
      "tasks"
    ]) {
      await page.evaluate(`location.hash = "#/accord/${path}"`)
      await page
        .locator(path === "tasks" ? ".board" : ".prose")
        .first()
        .waitFor()
      const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
      expect(wider, path).toBeLessThanOrEqual(0)
      expect(await page.locator("#app :is(script, img, style, iframe, object)").count()).toBe(0)
      expect(await page.locator("#app a:not([href^='#']):not([href^='http'])").count()).toBe(0)
      expect(await page.locator("#app").innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
      expect(await page.title()).toContain("OpenPact")
    }
    expect(faults).toEqual([])
  })

  it("says when the daemon is gone, and goes on when it is back", async () => {
    const home = await stage.otherHome()
    const first = await stage.start(home)
    await must(first, "POST", "/v1/pacts", { name: "Oak", confirm: true })
    const { page } = await stage.signedIn(first)
    const port = Number(new URL(page.url()).port)
    await page.getByRole("list", { name: "Activity, newest first" }).waitFor()
    await Effect.runPromise(first.stop)
    await page.getByRole("alert").getByText("The daemon doesn't answer").waitFor()
    await page.getByRole("status").filter({ hasText: "Offline" }).waitFor()
    // Sessions end with the daemon. The page says how to get a new one.
    await stage.start(home, { env: { OPENPACT_DASHBOARD_PORT: String(port) } })
    await page.getByText("This session is over").waitFor()
    await page.getByText("openpact dashboard", { exact: true }).waitFor()
  })

  it("signs out, in every tab", async () => {
    const { faults, page } = await stage.signedIn(ada)
    const other = await page.context().newPage()
    await other.goto(new URL(page.url()).origin)
    await other.getByRole("status").filter({ hasText: "Live" }).waitFor()
    await other.getByRole("button", { name: "Sign out" }).click()
    await other.getByText("You are signed out").waitFor()
    await page.getByText("You are signed out").waitFor()
    await page.reload()
    await page.getByText("Open the dashboard from a terminal").waitFor()
    // The tab's stream may end before the tab hears why. Then it asks once more, and Chromium notes the answer.
    expect(faults.filter((fault) => !fault.endsWith("401 (Unauthorized)"))).toEqual([])
  })
})
