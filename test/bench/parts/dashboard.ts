import { Effect } from "effect"
import { launchBrowser, noBrowser } from "../../kit/browser.ts"
import { tempDir } from "../../kit/temp.ts"
import { startDaemon } from "../kit/daemon.ts"
import { bodies } from "../kit/entries.ts"
import { atMost, median, plain, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Part } from "../part.ts"

const entries = 10_000
const rounds = 9

/** In the page: notes when the first entry stands there, ms from the start of the navigation. */
const noteRows = `new MutationObserver((_, observer) => {
  if (document.querySelector(".list-row") === null) return
  observer.disconnect()
  requestAnimationFrame(() => (window.rowsAt = performance.now()))
}).observe(document, { childList: true, subtree: true })`

/** How soon somebody sees something in a browser that was never here, and how soon the newest entries. */
export const dashboard: Part = {
  about: `the Overview of ${shown(entries)} entries in headless Chromium`,
  run: Effect.gen(function* () {
    if (noBrowser !== null) return [plain("first paint of the Overview", noBrowser)]
    const daemon = yield* startDaemon(yield* tempDir("openpact-bench"), { pact: false })
    yield* fill(daemon, "large", bodies(entries, 5))
    const browser = yield* Effect.acquireRelease(Effect.promise(launchBrowser), (browser) =>
      Effect.promise(() => browser.close())
    )
    const visit = Effect.gen(function* () {
      const { url } = yield* daemon.call<{ readonly url: string }>("POST", "/v1/dashboard/links")
      return yield* Effect.promise(async () => {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
        const page = await context.newPage()
        await page.addInitScript({ content: noteRows })
        await page.goto(url)
        await page.locator(".list-row").first().waitFor()
        const paint = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        const rows = await page.evaluate<number>(
          "new Promise((done) => requestAnimationFrame(() => done(window.rowsAt)))"
        )
        await context.close()
        return { paint, rows }
      })
    })
    // The first visit starts processes of the browser.
    yield* visit
    const visits = yield* Effect.all(Array.from({ length: rounds }, () => visit))
    const range = (all: ReadonlyArray<number>) => ` (${shown(Math.min(...all))} to ${shown(Math.max(...all))})`
    const paints = visits.map(({ paint }) => paint)
    const rows = visits.map(({ rows }) => rows)
    return [
      atMost(`first paint of the Overview, ${shown(entries)} entries`, median(paints), 1000, " ms", range(paints)),
      atMost("its newest entries stand there", median(rows), 1000, " ms", range(rows))
    ]
  })
}
