import { Effect, type Scope } from "effect"
import Autobase from "autobase"
import Hypercore from "hypercore"
import type { Duplex } from "node:stream"
import type { StorageFull } from "../domain/errors.ts"
import { fromHex, toHex } from "../engine/bytes.ts"
import { decodeFrame } from "../engine/frame.ts"
import { makeDurable } from "./durability.ts"
import { LedgerError } from "./errors.ts"
import { type Identity, identityOf } from "./identity.ts"
import { attempt, closing, openStore, ownLogIn } from "./storage.ts"

/**
 * A machine on its way into a pact: its own log is made, empty, so it has a member key to be admitted by. What it lacks
 * is the key that opens the pact.
 */
export interface Newcomer {
  readonly pactId: string
  /** Where peers of the pact find each other, 64 hex. */
  readonly discoveryKey: string
  readonly identity: Identity
  /**
   * True when the encryption key opens the first block of the pact, which the peer at the other end of the stream has to
   * give. False too when it gives none in time.
   */
  readonly opens: (encryptionKey: string, stream: Duplex) => Effect.Effect<boolean>
}

/** How long a peer may take to give the first block, ms. */
const blockTime = 10_000

/**
 * Makes or opens this machine's log in a pact of others. What it holds is on disk when this ends, so that a member key
 * that was shown to anybody is never lost. {@link openLedger} opens the same folder once the key is known; it must be
 * closed by then.
 *
 * @param fresh true makes it, and fails where data is.
 */
export const openNewcomer = Effect.fn("openNewcomer")(function* (
  dir: string,
  pactId: string,
  fresh: boolean
): Effect.fn.Return<Newcomer, LedgerError | StorageFull, Scope.Scope> {
  const pactKey = Buffer.from(fromHex(pactId))
  const { storage, store } = yield* openStore(dir, fresh, false)
  if (!fresh && (yield* attempt(dir, () => ownLogIn(store)))?.pactId !== pactId) {
    return yield* new LedgerError({ reason: "other-pact", message: `The data in ${dir} is not of the pact ${pactId}.` })
  }
  const durable = yield* Effect.acquireRelease(
    Effect.sync(() => makeDurable(storage, "os", () => {})),
    (durable) => closing(dir, () => durable.close())
  )
  const local = store.get({ name: "local", active: false })
  yield* attempt(dir, async () => {
    await local.ready()
    // As Autobase notes it, so that the log can't be taken for one of another pact.
    await local.setUserData("referrer", pactKey)
    await durable.sync()
  })

  const opens: Newcomer["opens"] = (encryptionKey, stream) =>
    Effect.tryPromise(async () => {
      const first = store.get({ key: pactKey })
      await first.ready()
      store.replicate(stream).on("error", () => {})
      const block = await first.get(0, { timeout: blockTime })
      return opensBlock(block, {
        autobase: pactKey,
        encryptionKey: Buffer.from(fromHex(encryptionKey)),
        key: pactKey,
        manifest: first.manifest,
        index: 0
      })
    }).pipe(Effect.orElseSucceed(() => false))

  return {
    pactId,
    discoveryKey: toHex(Hypercore.discoveryKey(pactKey)),
    identity: identityOf(local),
    opens
  }
})

/** With another key it is noise, and noise is no frame. */
const opensBlock = async (block: Uint8Array, options: Parameters<typeof Autobase.decodeValue>[1]): Promise<boolean> => {
  const value = await Autobase.decodeValue(Buffer.from(block), options)
  return value !== null && decodeFrame(value) !== null
}
