import { describe, expect } from "@effect/vitest"
import { Effect } from "effect"
import Autobase from "autobase"
import Corestore from "corestore"
import HypercoreStorage from "hypercore-storage"
import { rmSync } from "node:fs"
import { fromHex } from "../../../src/engine/bytes.ts"
import { closeViews, makeApply, openViews, type Views } from "../../../src/hyper/views.ts"
import { within } from "../../kit/deadline.ts"
import { live } from "../../kit/live.ts"
import { admitted, creator, holds, joiner, knowledge, logHash, type Machine, restart } from "../../kit/machines.ts"
import { testnet } from "../../kit/testnet.ts"

/** What tests alone do to a log. */
interface Clearable {
  readonly ready: () => Promise<void>
  readonly clear: (start: number, end: number) => Promise<unknown>
  readonly has: (index: number) => Promise<boolean>
  readonly close: () => Promise<void>
}

/** Takes blocks of the log away from a machine that is off, as if it was killed before they were fetched. */
const loseBlocks = ({ pact: { ledger }, places }: Machine, start: number, end: number) =>
  Effect.promise(async () => {
    const store = new Corestore(
      new HypercoreStorage(places.data, { writeBufferSize: 1 << 20, createIfMissing: false, walRecoveryMode: 2 })
    )
    const base = new Autobase<Views>(store.session(), Buffer.from(fromHex(ledger.pactId)), {
      valueEncoding: "binary",
      encrypt: true,
      encryptionKey: Buffer.from(fromHex(ledger.encryptionKey)),
      ackInterval: 0,
      open: openViews,
      apply: makeApply(
        async () => [],
        () => {}
      ),
      close: closeViews
    })
    await base.ready()
    const { key } = base.view.log
    const core = store.get({ key: key! }) as unknown as Clearable
    await core.ready()
    await core.clear(start, end)
    expect(await core.has(start)).toBe(false)
    await core.close()
    await base.close()
    await store.close()
    // What was read of it went no further than that.
    rmSync(places.index)
  })

describe("a machine that was killed before it had fetched all of a pact", () => {
  live("opens it all the same, meets the others and gets the rest", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* creator(boot)
      const early = yield* joiner("bob", boot, ada)
      yield* Effect.all([ada.connect, early.connect], { concurrency: 2 })
      yield* admitted(early)
      for (let i = 0; i < 20; i++) yield* ada.pact.write(knowledge(`${i}`))
      const last = yield* ada.pact.write(knowledge("last"), { wait: "confirmed" })
      yield* early.until("the last entry", () => (early.pact.read.entry(last.id)?.accepted ? true : null))
      yield* early.stop
      yield* loseBlocks(early, 5, 9)

      const bob = yield* restart(early, boot).pipe(within("the pact open again", "20 seconds", () => "it still opens"))
      expect(bob.pact.read.entry(last.id)).toBe(null)
      yield* bob.connect
      yield* holds(bob, last.id)
      const own = yield* bob.pact.write(knowledge("from bob"))
      yield* holds(ada, own.id)
      expect(yield* logHash(bob)).toBe(yield* logHash(ada))
    })
  )
})
