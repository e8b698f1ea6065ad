import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { linkOf, must, noBrowser, openStage, type Stage } from "../../kit/browser.ts"

describe.skipIf(noBrowser !== null)(`the dashboard's session${noBrowser === null ? "" : ` (${noBrowser})`}`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await must(stage.daemon, "POST", "/v1/pacts", { name: "Obsidian Accord", confirm: true })
    await must(stage.daemon, "POST", "/v1/pacts/default/knowledge", {
      topic: "sales",
      content: "Tuesdays convert better"
    })
  })
  afterAll(() => stage.close())

  it("opens once with a link, and shows what is written as it is written", async () => {
    const link = await linkOf(stage.daemon)
    const { faults, page } = await stage.blank()
    await page.goto(link)
    await page.getByText("sales: Tuesdays convert better").waitFor()
    expect(page.url()).toBe(`${new URL(link).origin}/#/obsidian-accord/overview`)
    await must(stage.daemon, "POST", "/v1/pacts/default/knowledge", { topic: "ops", content: "Friday is quiet" })
    await page.getByText("ops: Friday is quiet").waitFor()
    await page.getByRole("navigation").getByRole("link", { name: "Knowledge" }).click()
    await page.getByRole("list", { name: "Knowledge" }).getByText("Friday is quiet").waitFor()
    await must(stage.daemon, "POST", "/v1/pacts/default/knowledge", { topic: "ops", content: "Sunday too" })
    await page.getByText("Sunday too").waitFor()

    const again = await stage.blank()
    await again.page.goto(link)
    await again.page.getByText("This link was used before").waitFor()
    await again.page.getByText("openpact dashboard", { exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})
