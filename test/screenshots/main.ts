import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { must, openStage, type Page } from "../kit/browser.ts"
import { root } from "../kit/build.ts"
import { testnet } from "../kit/testnet.ts"
import { authors } from "./history.ts"
import { fillHomes } from "./scene.ts"

// npm run screenshots: makes the pictures of docs/dashboard anew, as Ada sees a pact of three real daemons.
const out = join(root, "docs/dashboard")
mkdirSync(out, { recursive: true })

const list = (page: Page, name: string) => page.getByRole("list", { name })
/** Opens a row of a list. */
const open = (name: string, words: string) => (page: Page) => list(page, name).getByText(words).first().click()

/** Until the others have told of their connection. */
const linked = (page: Page) => page.getByText("Both say so").waitFor()

interface Shot {
  readonly name: string
  readonly path: string
  readonly dark?: true
  readonly narrow?: true
  readonly act?: (page: Page) => Promise<unknown>
  /** What is there once the screen shows what it has. */
  readonly shown: (page: Page) => ReturnType<Page["getByText"]>
}

const shots: ReadonlyArray<Shot> = [
  { name: "overview", path: "overview", shown: (page) => page.getByText("3 of 3") },
  { name: "overview-dark", path: "overview", dark: true, shown: (page) => page.getByText("3 of 3") },
  { name: "overview-narrow", path: "overview", narrow: true, shown: (page) => page.getByText("3 of 3") },
  {
    name: "knowledge",
    path: "knowledge",
    act: open("Knowledge", "What locks the accounts table"),
    shown: (page) => page.getByRole("table")
  },
  { name: "tasks", path: "tasks", shown: (page) => list(page, "Complete tasks").getByText("Read the import logs") },
  {
    name: "skills",
    path: "skills",
    dark: true,
    act: open("Skills, newest first", "triage-imports"),
    shown: (page) => page.getByText("Checksum right")
  },
  {
    name: "messages",
    path: "messages",
    act: open("Messages, newest first", "I do, tonight"),
    shown: (page) => page.getByRole("region", { name: "Thread" }).getByText("Who takes it?")
  },
  { name: "network", path: "network", act: linked, shown: (page) => page.getByText("Holds for") },
  { name: "network-dark", path: "network", dark: true, act: linked, shown: (page) => page.getByText("Holds for") },
  { name: "pacts", path: "pacts", dark: true, shown: (page) => page.getByText("What we learn about") },
  {
    name: "trace",
    path: "knowledge",
    act: async (page) => {
      await open("Knowledge", "Of 212 failed imports")(page)
      await page.getByRole("region", { name: "Entry" }).getByRole("link", { name: "Trace" }).click()
    },
    shown: (page) => page.getByText("Asking for the format once")
  }
]

const stage = await openStage()
try {
  const [ada, bob, cleo] = [await stage.otherHome(), await stage.otherHome(), await stage.otherHome()]
  await fillHomes({ Ada: ada, Bob: bob, Cleo: cleo })
  const boot = await stage.within(testnet)
  const env = { OPENPACT_BOOTSTRAP: boot.map(({ host, port }) => `${host}:${port}`).join(",") }
  const [hers] = await Promise.all([ada, bob, cleo].map((home) => stage.start(home, { env })))
  for (const ttl_ms of [86_400_000, 7 * 86_400_000])
    await must(hers!, "POST", "/v1/pacts/harbor/invites", { ttl_ms, confirm: true })
  for (const { act, dark, name, narrow, path, shown } of shots) {
    const { faults, page } = await stage.signedIn(hers, {
      colorScheme: dark ? "dark" : "light",
      viewport: narrow ? { width: 360, height: 740 } : { width: 1280, height: 800 }
    })
    await page.getByText(`${authors.length} of ${authors.length}`).waitFor()
    await page.evaluate(`location.hash = "#/harbor/${path}"`)
    await act?.(page)
    await shown(page).first().waitFor()
    await page.screenshot({ path: join(out, `${name}.png`) })
    if (faults.length > 0) throw new Error(faults.join("\n"))
    await page.context().close()
    console.log(`${name}.png`)
  }
} finally {
  await stage.close()
}
