import ApplyState from "autobase/lib/apply-state.js"
import { BOOT_RECORD_VERSION } from "autobase/lib/caps.js"
import { patchOnce } from "./patch-once.ts"

/** Where Autobase stands in its views, kept beside the local log. */
export interface BootRecord {
  readonly version: number
  readonly key: Uint8Array
  readonly systemLength: number
  readonly indexersUpdated: boolean
  readonly fastForwarding: boolean
  readonly recoveries: number
}

/**
 * Autobase 7.28.1 writes an applied frame in two steps: first the views and the local block, then the record of what
 * the views hold. A crash or a full disk between them makes it apply the frame a second time when it opens again, on
 * this machine only. Here the record joins the first step, so that both are written as one. The second write of it
 * stays, and changes nothing.
 */
export const makeFlushAtomic = (): void =>
  patchOnce(ApplyState.prototype, "atomic-flush", (prototype) => {
    const flush = prototype._flush
    prototype._flush = async function (localNodes) {
      this.localState.setBootRecord({
        version: BOOT_RECORD_VERSION,
        key: this.key,
        systemLength: this.systemView.indexedLength,
        indexersUpdated: false,
        fastForwarding: false,
        recoveries: this.base.recoveries
      })
      await this.localState.flush()
      return flush.call(this, localNodes)
    }
  })
