import { createHash } from "node:crypto"
import type { LocalLog } from "autobase"

/**
 * Looks for a frame where it stands if it was ever appended: first after `length`, the length of the log when that was
 * tried. Acks take places in the log and are no frames.
 *
 * @param hash SHA-256 of the frame.
 * @returns the length of the log with the frame, or null.
 */
export const findFrame = async (local: LocalLog, length: number, hash: Uint8Array): Promise<number | null> => {
  for (let at = length; at < local.length; at++) {
    const { value } = (await local.get(at)).node
    if (value === null) continue
    return createHash("sha256").update(value).digest().equals(hash) ? at + 1 : null
  }
  return null
}
