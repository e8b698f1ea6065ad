import { NodeFileSystem } from "@effect/platform-node"
import { Effect } from "effect"
import { writeSync } from "node:fs"
import { encodeText } from "../../../src/engine/bytes.ts"
import { type Durability, openLedger } from "../../../src/hyper/Ledger.ts"
import { tinyApply } from "../../kit/ledgers.ts"

// A process that tests start: opens a pact and appends `count` frames, one after the other. It says `open <pact id>`,
// then `ack <length>` for each, each in one write, so that a trace shows what came before.
const [dir = "", durability = "strict", count = "1", pactId] = process.argv.slice(2)
const say = (line: string) => void writeSync(1, `${line}\n`)

const work = Effect.gen(function* () {
  const ledger = yield* openLedger({ dir, pactId, durability: durability as Durability, apply: tinyApply })
  say(`open ${ledger.pactId}`)
  for (let i = 0; i < Number(count); i++) say(`ack ${yield* ledger.append(encodeText(`frame ${i}`))}`)
})
await Effect.runPromise(work.pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
say("closed")
