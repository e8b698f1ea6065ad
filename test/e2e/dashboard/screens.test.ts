import axe from "axe-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, noBrowser, openStage, type Page, type Stage } from "../../kit/browser.ts"

interface Made {
  readonly id: string
}

describe.skipIf(noBrowser !== null)(
  `the screens of the dashboard${noBrowser === null ? "" : ` (${noBrowser})`}`,
  () => {
    let stage: Stage
    let ids: Readonly<Record<"knowledge" | "task" | "skill" | "message", string>>
    const write = (method: "POST" | "PUT", path: string, body: object) =>
      must<Made>(stage.daemon, method, `/v1/pacts/accord${path}`, body)

    beforeAll(async () => {
      stage = await openStage()
      const named = { name: "Accord", purpose: "To learn", display_name: "Ada", confirm: true }
      await must(stage.daemon, "POST", "/v1/pacts", named)
      const { id: first } = await write("POST", "/knowledge", {
        topic: "ops",
        content: "The export **locks** the table"
      })
      const content =
        "# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- [x] two\n\n> said\n\n[link](https://example.com) `code`"
      const knowledge = await write("POST", "/knowledge", { topic: "sales", content, source: "A talk", refs: [first] })
      await write("POST", "/knowledge", { topic: "sales", content: "Builds on it", refs: [knowledge.id] })
      const task = await write("POST", "/tasks", { title: "Check the logs", description: "All of *them*" })
      await write("POST", "/tasks", { title: "Clean the list" })
      await write("PUT", `/tasks/${task.id}/claim`, { ttl: 600_000, worker: "night" })
      const message = await write("POST", "/messages", { content: "Expect churn", priority: "high" })
      await write("POST", "/messages", { content: "Thanks", reply_to: message.id })
      const skill = await write("POST", "/skills", {
        name: "review",
        version: "1.0.0",
        format: "generic",
        content: "Read."
      })
      await write("POST", "/invites", { confirm: true })
      await write("POST", "/admin/members", { key: "ab".repeat(32) })
      ids = { knowledge: knowledge.id, task: task.id, skill: skill.id, message: message.id }
    })
    afterAll(() => stage.close())

    /** Each screen, and something that is there once it shows what it has. */
    const screens = (): ReadonlyArray<
      readonly [path: string, shown: (page: Page) => ReturnType<Page["getByText"]>]
    > => [
      ["overview", (page) => page.getByRole("list", { name: "Activity, newest first" }).getByText("Added a member")],
      ["knowledge", (page) => page.getByRole("list", { name: "Knowledge" }).getByText("The export locks the table")],
      [`knowledge/${ids.knowledge}`, (page) => page.getByRole("table")],
      ["knowledge?q=table", (page) => page.locator("mark", { hasText: "table" })],
      ["tasks", (page) => page.getByRole("list", { name: "Claimed tasks" }).getByText("Check the logs")],
      [`tasks/${ids.task}`, (page) => page.getByRole("dialog").getByText("Held by")],
      ["skills", (page) => page.getByRole("list", { name: "Skills, newest first" }).getByText("review")],
      [`skills/${ids.skill}`, (page) => page.getByText("Checksum right")],
      ["messages", (page) => page.getByRole("list", { name: "Messages, newest first" }).getByText("Expect churn")],
      [`messages/${ids.message}`, (page) => page.getByRole("region", { name: "Thread" }).getByText("Thanks")],
      ["network", (page) => page.getByRole("img", { name: "Connected to 0 of 1 other agents" })],
      ["pacts", (page) => page.getByRole("listitem").getByText("To learn")],
      ["trace", (page) => page.getByText("Choose an entry to trace it")],
      [`trace/${ids.knowledge}`, (page) => page.getByText("Builds on it")]
    ]

    /** What axe finds wrong. It is put in by the debugger, so the content policy stays as it is. */
    const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ failureSummary, html }) => `${id}: ${html}\n${failureSummary}`)
      )
    }

    it.each([
      ["light", 1440, 900, true],
      ["dark", 360, 740, true],
      ["dark", 1440, 900, false],
      ["light", 360, 740, false],
      ["light", 3840, 2160, false]
    ] as const)(
      "show what they have, can be read by all and stay in the window: %s, %d wide",
      { timeout: 120_000 },
      async (colorScheme, width, height, audited) => {
        const { faults, page } = await stage.signedIn(stage.daemon, { colorScheme, viewport: { width, height } })
        for (const [path, shown] of screens()) {
          await page.evaluate(`location.hash = "#/accord/${path}"`)
          await shown(page).first().waitFor()
          if (audited) expect(await violations(page), `${path} ${colorScheme} ${width}`).toEqual([])
          const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
          expect(wider, `${path} is wider than ${width}`).toBeLessThanOrEqual(0)
          expect(await page.title()).toMatch(/^[A-Z][a-z]+ · Accord · OpenPact$/)
          const dialog = page.getByRole("dialog")
          if (await dialog.isVisible()) await page.keyboard.press("Escape")
        }
        expect(faults).toEqual([])
      }
    )

    it("are dark or light as the system has it, or as somebody chose, also the next time", async () => {
      const { faults, page } = await stage.signedIn(stage.daemon, { colorScheme: "dark" })
      const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor")
      const dark = await paper()
      await page.getByRole("button", { name: "Theme: as the system" }).click()
      const light = await paper()
      expect(light).not.toBe(dark)
      await page.reload()
      await page.getByRole("button", { name: "Theme: light" }).waitFor()
      expect(await paper()).toBe(light)
      await page.emulateMedia({ colorScheme: "light" })
      await page.getByRole("button", { name: "Theme: light" }).click()
      expect(await paper()).toBe(dark)
      expect(faults).toEqual([])
    })

    it("say where a daemon has no network and meets nobody", async () => {
      const { faults, page } = await stage.signedIn()
      await page.getByText("This daemon runs without a network").waitFor()
      await page.evaluate(`location.hash = "#/accord/network"`)
      await page.getByRole("status").filter({ hasText: "It meets nobody, and nobody can join." }).waitFor()
      expect(faults).toEqual([])
    })

    it("say what to do where there is nothing", async () => {
      const daemon = await stage.start(await stage.otherHome())
      const { faults, page } = await stage.signedIn(daemon)
      await page.getByText("There is no pact on this machine yet").waitFor()
      await page.getByRole("button", { name: "Create a pact" }).click()
      await page.getByLabel("Name", { exact: true }).fill("Oak")
      await page.getByRole("button", { name: "Create", exact: true }).click()
      await page.getByText("Nothing was written yet").or(page.getByText("Changed the pact's name")).waitFor()
      for (const [screen, words] of [
        ["Knowledge", "No knowledge here yet"],
        ["Tasks", "Nothing to do."],
        ["Skills", "No skills were shared yet"],
        ["Messages", "Nobody has said anything yet"],
        ["Network", "This machine is alone in the pact so far."]
      ] as const) {
        await page.getByRole("navigation").getByRole("link", { name: screen }).click()
        await page.getByText(words).waitFor()
        expect(await violations(page), screen).toEqual([])
      }
      expect(faults).toEqual([])
    })
  }
)
