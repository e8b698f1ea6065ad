import { entryIdOf } from "../domain/ids.ts"
import { decodeText, encodeText, fromHex, Reader, toHex, Writer } from "./bytes.ts"
import type { Fact } from "./facts.ts"
import type { Refusal } from "./verdict.ts"

/** The format of the log's blocks. */
export const blockVersion = 1

/** One decided entry. `json` is the canonical entry, without id; `position` is its place in the linear order. */
export type Accepted = {
  readonly accepted: true
  readonly id: string
  readonly position: number
  readonly json: string
  readonly facts: ReadonlyArray<Fact>
}
export type Refused = { readonly accepted: false; readonly id: string; readonly code: Refusal }
export type Decided = Accepted | Refused

/** One block of the log: what `apply` decided about one frame. */
export interface Block {
  /** The writer's member key, 64 hex, and the length of its log with the frame. */
  readonly writer: string
  readonly length: number
  /** The position of the next accepted entry after this block: the number of entries accepted so far. */
  readonly next: number
  /** The greatest bounded time of the order so far, ms. */
  readonly mark: number
  readonly decided: ReadonlyArray<Decided>
}

const header = 1 + 1 + 2 + 32 + 8 + 8 + 8

/**
 * `version u8, flags u8, count u16, writer 32, length u64, next u64, mark u64`, then for each entry
 * `code size u8, code, JSON size u32, JSON, facts size u32, facts JSON`; an accepted entry has an empty code.
 */
export const encodeBlock = (block: Block): Uint8Array => {
  const rows = block.decided.map((d) => ({
    code: encodeText(d.accepted ? "" : d.code),
    json: encodeText(d.accepted ? d.json : ""),
    facts: encodeText(d.accepted && d.facts.length > 0 ? JSON.stringify(d.facts) : "")
  }))
  const size = rows.reduce((sum, r) => sum + 9 + r.code.byteLength + r.json.byteLength + r.facts.byteLength, header)
  const writer = new Writer(size)
    .u8(blockVersion)
    .u8(0)
    .u16(rows.length)
    .put(fromHex(block.writer))
    .int(block.length)
    .int(block.next)
    .int(block.mark)
  for (const { code, facts, json } of rows) {
    writer.u8(code.byteLength).put(code).u32(json.byteLength).put(json).u32(facts.byteLength).put(facts)
  }
  return writer.bytes
}

/** All of a block but its entries. Throws like {@link decodeBlock}. */
export const decodeHead = (bytes: Uint8Array) => readHead(new Reader(bytes))

const readHead = (reader: Reader) => {
  const version = reader.u8()
  if (version !== blockVersion) throw new Error(`log block of version ${version}, this build reads ${blockVersion}`)
  reader.u8()
  const count = reader.u16()
  return { count, writer: toHex(reader.take(32)), length: reader.int(), next: reader.int(), mark: reader.int() }
}

/** Reads a block that this or another peer's `apply` wrote. Throws on a damaged one: the view is signed, so that is a defect. */
export const decodeBlock = (bytes: Uint8Array): Block => {
  const reader = new Reader(bytes)
  const { count, length, mark, next, writer } = readHead(reader)
  const rows = Array.from({ length: count }, () => ({
    code: utf8(reader.take(reader.u8())),
    json: utf8(reader.take(reader.u32())),
    facts: utf8(reader.take(reader.u32()))
  }))
  let position = next - rows.filter((row) => row.code === "").length
  return {
    writer,
    length,
    next,
    mark,
    decided: rows.map(({ code, facts, json }, place): Decided => {
      const id = entryIdOf(writer, length, place)
      return code === ""
        ? {
            accepted: true,
            id,
            position: position++,
            json,
            facts: facts === "" ? [] : (JSON.parse(facts) as Array<Fact>)
          }
        : { accepted: false, id, code: code as Refusal }
    })
  }
}

const utf8 = (bytes: Uint8Array): string => {
  const text = decodeText(bytes)
  if (text === null) throw new Error("log block holds bytes that are no UTF-8")
  return text
}
