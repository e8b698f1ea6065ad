import { type Hit, hitsIn, type Query, type Searchable } from "./text.ts"

/** The length of a snippet in UTF-16 units, without its marks. */
const span = 200
/** What stands before the first hit. */
const lead = 40
const mark = "**"

/** The part of the text with the most different words of the query, with marks around them. `limit` bounds what is looked at. */
export const snippetOf = ({ head, text }: Searchable, query: Query, limit: number): string => {
  const inText = hitsIn(text, query, Math.max(limit, 0))
  const shown = text === "" ? head : text
  const hits = text === "" ? hitsIn(head, query, head.length) : inText
  const from = startOf(shown, hits)
  const to = endOf(shown, from + span)
  let out = ""
  let at = from
  for (const hit of hits) {
    if (hit.from < at || hit.to > to) continue
    out += `${shown.slice(at, hit.from)}${mark}${shown.slice(hit.from, hit.to)}${mark}`
    at = hit.to
  }
  out += shown.slice(at, to)
  const line = out.replace(/\s+/g, " ").trim()
  return `${from > 0 ? "…" : ""}${line}${to < shown.length ? "…" : ""}`
}

/** The beginning of the best window: the first one with the most different words. */
const startOf = (text: string, hits: ReadonlyArray<Hit>): number => {
  let best = 0
  let most = 0
  for (let i = 0; i < hits.length && i < 200; i++) {
    const first = hits[i]
    if (first === undefined) break
    const words = new Set<number>()
    for (let j = i; j < hits.length; j++) {
      const hit = hits[j]
      if (hit === undefined || hit.to > first.from + span - lead) break
      words.add(hit.word)
    }
    if (words.size > most) {
      most = words.size
      best = first.from
    }
  }
  return best <= lead ? 0 : wordStart(text, best - lead, best)
}

/** The first place after white space from `at` on, but `last` at most. */
const wordStart = (text: string, at: number, last: number): number => {
  for (let i = at; i < last; i++) if (/\s/.test(text.charAt(i))) return i + 1
  return whole(text, at)
}

/** The end of a cut at `at`: behind a whole word where there is one near. */
const endOf = (text: string, at: number): number => {
  if (at >= text.length) return text.length
  for (let i = at; i > at - lead; i--) if (/\s/.test(text.charAt(i))) return i
  return whole(text, at)
}

/** Not between the halves of a surrogate pair. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at)
