import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { openHome } from "../../kit/home.ts"
import { tempDir } from "../../kit/temp.ts"

const knowledge = (content: string, topic = "t") => ({ type: "knowledge", payload: { topic, content } }) as const

describe("a pact", () => {
  it.live("keeps what is written over a restart", () =>
    Effect.gen(function* () {
      const dir = yield* tempDir()
      const first = yield* openHome(dir)
      yield* first.pacts.create({ name: "Obsidian Accord", purpose: "Test" })
      const pact = yield* first.pacts.find("default")
      const written = yield* pact.write(knowledge("hello"), { wait: "confirmed" })
      expect(written).toMatchObject({ position: 1, confirmed: true })
      expect(pact.read.pact()).toMatchObject({ name: "Obsidian Accord", purpose: "Test" })
      yield* first.close

      const second = yield* openHome(dir)
      const again = yield* second.opened("obsidian-accord")
      expect(again.read.entry(written.id)).toMatchObject({ accepted: true })
      expect((yield* again.write(knowledge("more"))).position).toBe(2)
    })
  )
})
