import { limits } from "../domain/limits.ts"
import { Reader, Writer } from "./bytes.ts"

/** The format this build writes. A frame of another version is refused whole. */
export const frameVersion = 1

/**
 * A frame is what one append puts into a writer's log: `version u8, flags u8, count u16, (size u32, JSON)*`.
 * `flags` carries the key epoch of the pact in its low four bits: 0 until keys are rotated.
 */
export const encodeFrame = (entries: ReadonlyArray<Uint8Array>): Uint8Array => {
  const size = entries.reduce((sum, entry) => sum + 4 + entry.byteLength, 4)
  const writer = new Writer(size).u8(frameVersion).u8(0).u16(entries.length)
  for (const entry of entries) writer.u32(entry.byteLength).put(entry)
  return writer.bytes
}

/** The entries' bytes, or null for anything that is no whole frame within the limits. Never throws. */
export const decodeFrame = (bytes: Uint8Array): ReadonlyArray<Uint8Array> | null => {
  if (bytes.byteLength > limits.frameBytes) return null
  try {
    const reader = new Reader(bytes)
    if (reader.u8() !== frameVersion || reader.u8() !== 0) return null
    const count = reader.u16()
    if (count === 0 || count > limits.frameEntries) return null
    const entries: Array<Uint8Array> = []
    for (let i = 0; i < count; i++) entries.push(reader.take(reader.u32()))
    return reader.left === 0 ? entries : null
  } catch {
    return null
  }
}
