/** Reads big-endian fields one after the other. Past the end it throws `RangeError`, which decoders turn into null. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  get left(): number {
    return this.#bytes.byteLength - this.#at
  }
  u8(): number {
    return this.#view.getUint8(this.#move(1))
  }
  u16(): number {
    return this.#view.getUint16(this.#move(2))
  }
  u32(): number {
    return this.#view.getUint32(this.#move(4))
  }
  /** An integer of 0..2^53-1 in eight bytes. */
  int(): number {
    const value = Number(this.#view.getBigUint64(this.#move(8)))
    if (!Number.isSafeInteger(value)) throw new RangeError("not a safe integer")
    return value
  }
  take(length: number): Uint8Array {
    const at = this.#move(length)
    return this.#bytes.subarray(at, at + length)
  }
  #move(length: number): number {
    const at = this.#at
    if (length > this.left) throw new RangeError("past the end")
    this.#at = at + length
    return at
  }
}

/** Writes what {@link Reader} reads. `size` is exact: the caller adds it up first. */
export class Writer {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.#view = new DataView(this.bytes.buffer)
  }
  u8(value: number): this {
    this.#view.setUint8(this.#at++, value)
    return this
  }
  u16(value: number): this {
    this.#view.setUint16(this.#at, value)
    this.#at += 2
    return this
  }
  u32(value: number): this {
    this.#view.setUint32(this.#at, value)
    this.#at += 4
    return this
  }
  int(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value))
    this.#at += 8
    return this
  }
  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at)
    this.#at += bytes.byteLength
    return this
  }
}

export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
export const fromHex = (hex: string): Uint8Array => Buffer.from(hex, "hex")

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
export const encodeText = (text: string): Uint8Array => encoder.encode(text)
/** Null for bytes that are no UTF-8. */
export const decodeText = (bytes: Uint8Array): string | null => {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}
