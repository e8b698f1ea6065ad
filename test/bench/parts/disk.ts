import { Effect } from "effect"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { tempDir } from "../../kit/temp.ts"
import { forkChild } from "../kit/child.ts"
import { startDaemon } from "../kit/daemon.ts"
import { bodies } from "../kit/entries.ts"
import { plain, shown } from "../kit/figures.ts"
import { fill } from "../kit/fill.ts"
import type { Closed, Rate } from "../kit/load.ts"
import type { Part } from "../part.ts"

const groups = 50_000
const singles = 2000

/** What a pact takes on the disk once its daemon has stopped. */
export const disk: Part = {
  about: "space on the disk",
  run: Effect.gen(function* () {
    const home = yield* tempDir("openpact-bench")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const daemon = yield* startDaemon(home, { pact: false })
        yield* daemon.call("POST", "/v1/pacts", { name: "idle", confirm: true })
        yield* fill(daemon, "groups", bodies(groups, 5))
        yield* daemon.call("POST", "/v1/pacts", { name: "singles", confirm: true })
        const requests = bodies(singles, 5).map((body) => daemon.request("POST", "/v1/pacts/singles/knowledge", body))
        const load = yield* forkChild<Closed, Rate>(new URL("../kit/load.ts", import.meta.url))
        yield* load.ask({ kind: "closed", port: daemon.port, clients: 1, requests, count: singles })
      })
    )
    const [idle, large, single] = ["idle", "groups", "singles"].map((name) => spaceOf(join(home, "pacts", name)))
    const each = (pact: Space, of: number) => (part: keyof Space) => `${shown((pact[part] - idle![part]) / of)} B`
    const grouped = each(large!, groups)
    const alone = each(single!, singles)
    return [
      plain("an idle pact", `${shown(idle!.all / 1024)} KiB`),
      plain(
        "an entry, written by 256 clients",
        `${grouped("all")} (log ${grouped("data")}, read model ${grouped("index")})`
      ),
      plain("an entry, written alone", `${alone("all")} (log ${alone("data")}, read model ${alone("index")})`)
    ]
  })
}

interface Space {
  readonly all: number
  readonly data: number
  readonly index: number
}

/** Bytes that the file system gave, which is less than their length where files have holes. */
const spaceOf = (pact: string): Space => {
  const sizes = readdirSync(pact, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => ({
      path: join(file.parentPath, file.name),
      blocks: statSync(join(file.parentPath, file.name)).blocks
    }))
  const sum = (below: string) =>
    sizes.filter(({ path }) => path.startsWith(below)).reduce((bytes, { blocks }) => bytes + blocks * 512, 0)
  return { all: sum(pact), data: sum(join(pact, "data")), index: sum(join(pact, "index.db")) }
}
