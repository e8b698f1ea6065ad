import type { EntryType } from "../domain/entry.ts"
import { BadRequest } from "../domain/errors.ts"
import { stem } from "./stem.ts"

/** What of an entry can be searched. A word in `head` (topic, title, name) weighs more. */
export interface Searchable {
  readonly head: string
  readonly text: string
}

export const searchable = (type: EntryType, payload: Readonly<Record<string, unknown>>): Searchable => {
  const field = (name: string): string => (typeof payload[name] === "string" ? payload[name] : "")
  switch (type) {
    case "knowledge":
      return { head: field("topic"), text: joined(field("content"), field("source")) }
    case "task":
      return { head: field("title"), text: joined(field("description"), written(payload["result"])) }
    case "skill":
      return { head: field("name"), text: joined(field("description"), field("content")) }
    case "message":
      return { head: "", text: field("content") }
    default:
      return { head: "", text: "" }
  }
}

const joined = (...parts: ReadonlyArray<string>): string => parts.filter((part) => part !== "").join("\n")
const written = (value: unknown): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value)

// Scripts without spaces between words are indexed letter by letter, and a word of theirs is searched as a phrase.
const unspaced = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const unspacedLetter = new RegExp(`[${unspaced}]`, "gu")
const hasUnspaced = new RegExp(`[${unspaced}]`, "u")
const privateUse = /\p{Co}/gu
const beyond = /[\u0e00-\uffff]/

/** Text as FTS5 is given it. Private-use letters are ours: they make the tags. */
export const indexable = (text: string): string =>
  beyond.test(text) ? text.replace(privateUse, " ").replace(unspacedLetter, " $& ") : text

/** Tags stand in the index beside an entry's words, so that a filter is one more word of the query. No query can hold one. */
export const typeTag = (type: number): string => `\ue000${type}`
export const topicTag = (list: number): string => `\ue001${list}`

const word = /[\p{L}\p{N}\p{M}]+/gu
const letterOrDigit = /[\p{L}\p{N}]/u
/** More words than anybody means. */
const most = 32

/** What a search looks for. */
export interface Query {
  /** Words of spaced scripts, as stems, and words of the others as they are: each must be there. */
  readonly stems: ReadonlyMap<string, number>
  readonly phrases: ReadonlyArray<string>
  /** The same for FTS5. Every word is quoted, so nothing in it is syntax. */
  readonly match: string
}

/** Takes any text as plain words. @throws BadRequest where it holds none, or too many. */
export const queryOf = (q: string): Query => {
  const found = new Set((q.normalize("NFC").toLowerCase().match(word) ?? []).filter((w) => letterOrDigit.test(w)))
  if (found.size === 0) throw new BadRequest({ message: "Search needs a word: letters or digits." })
  if (found.size > most)
    throw new BadRequest({ message: `Search takes at most ${most} different words, this has ${found.size}.` })
  const phrases = [...found].filter((w) => hasUnspaced.test(w))
  const plain = [...found].filter((w) => !hasUnspaced.test(w))
  return {
    stems: new Map(plain.map((w, i) => [stemOf(w), i])),
    phrases,
    match: [...found].map((w) => `"${indexable(w)}"`).join(" AND ")
  }
}

/** Where in a text one word of a query stands. `word` numbers the query's words. */
export interface Hit {
  readonly from: number
  readonly to: number
  readonly word: number
}

/** Every place of the query's words in the first `limit` units of a text, in order. */
export const hitsIn = (text: string, { phrases, stems }: Query, limit: number): Array<Hit> => {
  const part = text.length > limit ? text.slice(0, limit) : text
  const hits: Array<Hit> = []
  if (stems.size > 0) {
    eachWord(part, (from, to) => {
      const which = stems.get(stemOf(part.slice(from, to)))
      if (which !== undefined) hits.push({ from, to, word: which })
    })
  }
  if (phrases.length === 0) return hits
  const lower = part.toLowerCase()
  phrases.forEach((phrase, i) => {
    for (let at = lower.indexOf(phrase); at >= 0; at = lower.indexOf(phrase, at + phrase.length)) {
      hits.push({ from: at, to: at + phrase.length, word: stems.size + i })
    }
  })
  return hits.sort((a, b) => a.from - b.from)
}

/** Most text is ASCII, and there a loop takes a tenth of the pattern's time. */
const eachWord = (text: string, visit: (from: number, to: number) => void): void => {
  if (/[\u0080-\uffff]/.test(text)) {
    for (const found of text.matchAll(word)) visit(found.index, found.index + found[0].length)
    return
  }
  let from = -1
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) | 32 : 0
    const inside = (code >= 97 && code <= 122) || (code >= 48 && code <= 57 && text.charCodeAt(i) >= 48)
    if (inside && from < 0) from = i
    else if (!inside && from >= 0) {
      visit(from, i)
      from = -1
    }
  }
}

const known = new Map<string, string>()

/** A word as the index has it: lower case, without accents, as its stem. */
const stemOf = (text: string): string => {
  const before = known.get(text)
  if (before !== undefined) return before
  const lower = text.toLowerCase()
  const made = stem(/^[a-z0-9]*$/.test(lower) ? lower : lower.normalize("NFKD").replace(/\p{M}+/gu, ""))
  if (known.size > 20_000) known.clear()
  if (text.length <= 64) known.set(text, made)
  return made
}
