import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { linkOf, must, noBrowser, openStage, type Stage } from "../../kit/browser.ts"
import { dist } from "../../kit/build.ts"

const site = () => join(dist(), "dashboard")

it("the dashboard's JavaScript is at most 120 KB, and nothing of it comes from elsewhere", () => {
  const assets = join(site(), "assets")
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"))
  const size = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0)
  expect(size).toBeLessThan(120 * 1024)
  const page = readFileSync(join(site(), "index.html"), "utf8")
  expect(page).not.toMatch(/<script(?![^>]* src="\/assets\/)|<style|https?:/)
  for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g))
    expect(existsSync(join(site(), path!)), path).toBe(true)
})

describe.skipIf(noBrowser !== null)(
  `while ten thousand entries come in${noBrowser === null ? "" : ` (${noBrowser})`}`,
  () => {
    const many = 10_000
    let stage: Stage
    const write = async (count: number, from: number) => {
      const next = Array.from({ length: count }, (_, i) => from + i)
      const worker = async () => {
        for (let n = next.pop(); n !== undefined; n = next.pop()) {
          await must(stage.daemon, "POST", "/v1/pacts/default/knowledge", {
            topic: `topic ${n % 20}`,
            content: `entry ${n}`
          })
        }
      }
      await Promise.all(Array.from({ length: 64 }, worker))
    }
    beforeAll(async () => {
      stage = await openStage({ env: { OPENPACT_DURABILITY: "os" } })
      await must(stage.daemon, "POST", "/v1/pacts", { name: "Oak", confirm: true })
    })
    afterAll(() => stage.close())

    it("the page holds only the rows that can be seen, and does not grow", { timeout: 120_000 }, async () => {
      const { faults, page } = await stage.blank()
      await page.goto(await linkOf(stage.daemon))
      const rows = page.getByRole("list", { name: "Activity, newest first" }).getByRole("listitem")
      await rows.first().waitFor()
      expect(await rows.count()).toBeLessThan(60)
      const devtools = await page.context().newCDPSession(page)
      const heap = async () => {
        await devtools.send("HeapProfiler.collectGarbage")
        return (await devtools.send("Runtime.getHeapUsage")).usedSize
      }
      await write(many / 2, 0)
      await page.getByText((many / 2 + 1).toLocaleString("en-US"), { exact: true }).waitFor()
      const half = await heap()
      await write(many / 2, many / 2)
      await page.getByText((many + 1).toLocaleString("en-US"), { exact: true }).waitFor()
      const whole = await heap()
      expect(await rows.count()).toBeLessThan(60)
      // The list is full by then: what is new takes the place of what is old.
      expect(whole - half).toBeLessThan(4 * 1024 * 1024)
      expect(whole).toBeLessThan(40 * 1024 * 1024)
      expect(faults).toEqual([])
    })
  }
)
