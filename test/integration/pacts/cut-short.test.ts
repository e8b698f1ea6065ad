import { expect, it } from "@effect/vitest"
import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Redacted } from "effect"
import { applyFrame } from "../../../src/engine/apply.ts"
import { locationsOf } from "../../../src/home/locations.ts"
import { createPactConfig } from "../../../src/home/pact-config.ts"
import { openLedger } from "../../../src/hyper/Ledger.ts"
import { openHome } from "../../kit/home.ts"
import { tempDir } from "../../kit/temp.ts"

it.live("a pact whose making was cut short before its first entry is finished when it is opened, once", () =>
  Effect.gen(function* () {
    const home = yield* tempDir()
    const places = locationsOf(home).pact("half-made")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const ledger = yield* openLedger({ dir: places.data, durability: "os", apply: applyFrame })
        yield* createPactConfig(places, {
          version: 1,
          pact_id: ledger.pactId,
          encryption_key: Redacted.make(ledger.encryptionKey),
          key_epoch: 0,
          role: "creator",
          name: "Half Made",
          purpose: "to be finished",
          display_name: null,
          created_at: 1
        })
      })
    )
    for (const _ of [1, 2]) {
      const { close, opened } = yield* openHome(home)
      const { memberKey, read } = yield* opened("half-made")
      expect(read.pact()).toMatchObject({ name: "Half Made", purpose: "to be finished" })
      expect(read.member(memberKey)).toMatchObject({ role: "creator", active: true })
      expect(read.entries).toBe(1)
      yield* close
    }
  }).pipe(Effect.provide(NodeFileSystem.layer))
)
