import { Effect, Exit, Scope } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { type Daemon, type LaunchOptions, startDaemon } from "./daemon.ts"
import { tempDir } from "./temp.ts"

const places = [
  process.env["OPENPACT_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
]
const executablePath = places.find((path) => path !== "" && existsSync(path))

/** Why tests in a browser are skipped here, or null. */
export const noBrowser =
  executablePath === undefined
    ? "skipped: there is no Chromium on this machine. Install it (Debian: apt-get install -y chromium) or name one in OPENPACT_CHROMIUM"
    : null
if (noBrowser !== null) console.warn(`Tests of the dashboard are ${noBrowser}.`)

/** A page, and whatever went wrong in it. */
export interface Watched {
  readonly page: Page
  /** Errors of the console and of scripts, breaches of the content policy, requests to anybody else. */
  readonly faults: ReadonlyArray<string>
}

/** In the page: what the content policy blocks is told as an error of the console. */
const tellOfBreaches = `document.addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) =>
  console.error("CSP", violatedDirective, blockedURI))`

/** A headless Chromium that talks to nobody by itself. There has to be one, see {@link noBrowser}. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath!,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
  })

/** A daemon with a dashboard and a browser to look at it with. All of it ends with `close`. */
export const openStage = async (options: LaunchOptions = {}) => {
  const scope = await Effect.runPromise(Scope.make())
  const within = <A>(effect: Effect.Effect<A, never, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))
  const start = (home: string, more: LaunchOptions = {}) =>
    within(startDaemon(home, { ...options, ...more, env: { ...options.env, ...more.env } }))
  const home = join(await within(tempDir("openpact-stage")), "home")
  const daemon = await start(home)
  const browser = await launchBrowser()

  /** A page of its own, with no cookie and nothing kept. */
  const blank = async (context: BrowserContextOptions = {}): Promise<Watched> => {
    const page = await (await browser.newContext({ reducedMotion: "reduce", ...context })).newPage()
    page.setDefaultTimeout(15_000)
    const faults: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`)
    })
    page.on("pageerror", (error) => faults.push(`script: ${error.stack ?? error.message}`))
    page.on("request", (request) => {
      if (!/^http:\/\/127\.0\.0\.1:\d+\//.test(request.url())) faults.push(`request: ${request.url()}`)
    })
    await page.addInitScript({ content: tellOfBreaches })
    return { page, faults }
  }
  /** One that was opened with a link. */
  const signedIn = async (of: Daemon = daemon, context: BrowserContextOptions = {}): Promise<Watched> => {
    const watched = await blank(context)
    await watched.page.goto(await linkOf(of))
    await watched.page.getByRole("status").filter({ hasText: "Live" }).waitFor()
    return watched
  }
  return {
    home,
    daemon,
    start,
    within,
    browser,
    blank,
    signedIn,
    /** A folder for another home. */
    otherHome: async () => join(await within(tempDir("openpact-stage")), "home"),
    close: async () => {
      await browser.close()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}
export type Stage = Awaited<ReturnType<typeof openStage>>

export const linkOf = async (daemon: Daemon): Promise<string> => {
  const { status, text } = await Effect.runPromise(Effect.orDie(daemon.call("POST", "/v1/dashboard/links")))
  if (status !== 200) throw new Error(text)
  return (JSON.parse(text) as { readonly url: string }).url
}

/** Asks a daemon, and answers the JSON of what must be a success. */
export const must = <Json = Readonly<Record<string, unknown>>>(
  daemon: Daemon,
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body: object
): Promise<Json> => Effect.runPromise(daemon.send<Json>(method, path, body))

export type { Browser, Page }
