import type { EntryType } from "../domain/entry.ts"
import { limits } from "../domain/limits.ts"
import { closed, envelopeOf, typeNumber } from "./entry.ts"
import { findList, listKind, topicName } from "./lists.ts"
import type { Row, ServedRow } from "./page.ts"
import type { Reading } from "./reading.ts"
import { snippetOf } from "./snippet.ts"
import { type Hit, hitsIn, type Query, queryOf, type Searchable, searchable, topicTag, typeTag } from "./text.ts"

export interface SearchQuery {
  /** Plain words, all of which must be there. Nothing in it is syntax. */
  readonly q: string
  readonly type?: EntryType | undefined
  readonly topic?: string | undefined
  /** 1..100, 20 by default. */
  readonly limit?: number | undefined
}

/** An entry that was found. */
export interface SearchHit extends ServedRow {
  /** A part of the text, with **marks** around the words. */
  readonly snippet: string
  /** More is better. Comparable between pacts. */
  readonly score: number
}

export interface SearchHits {
  /** Best first. */
  readonly hits: ReadonlyArray<SearchHit>
  readonly hasMore: boolean
}

/** Only the newest hits are ranked, so that a word that is everywhere costs no more than a rare one. */
const ranked = 128
/** Text that is read to rank and to make snippets: units an entry, and in all. */
const rankText = 2048
const rankTotal = 1024 * 1024
const snippetTotal = 512 * 1024

/** The best of the newest hits, best first. @throws BadRequest for a query without words. */
export const search = ({ confirmed, db }: Reading, { limit, q, topic, type }: SearchQuery): SearchHits => {
  const query = queryOf(q)
  const tags: Array<string> = []
  if (type !== undefined) tags.push(typeTag(typeNumber(type)))
  if (topic !== undefined) {
    const list = findList(db, listKind.topic, topicName(topic))
    if (list === undefined) return { hits: [], hasMore: false }
    tags.push(topicTag(list.id))
  }
  const match = [...tags.map((tag) => `"${tag}"`), query.match].join(" AND ")
  const newest = db.all<{ position: number }>(
    `select rowid position from words where words match ? order by rowid desc limit ${ranked}`,
    match
  )
  const count = Math.min(Math.max(limit ?? limits.searchDefault, 1), limits.searchMax)
  const candidates: Array<Candidate> = []
  let read = 0
  for (const { position } of newest) {
    const row = db.get<Row>("select position, body from entry where position = ?", position)
    if (row === undefined) continue
    candidates.push(candidateOf(row, query))
    read += row.body.length
    if (read > rankTotal && candidates.length >= count) break
  }
  const average = candidates.reduce((sum, { length }) => sum + length, 0) / Math.max(candidates.length, 1)
  const best = candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate, average) }))
    .sort((a, b) => b.score - a.score || b.candidate.position - a.candidate.position)
    .slice(0, count)
  let left = snippetTotal
  const hits = best.map(({ candidate: { body, position, searched }, score }): SearchHit => {
    const snippet = snippetOf(searched, query, left)
    left -= searched.text.length
    return { position, body, confirmed: position < confirmed, snippet, score }
  })
  return { hits, hasMore: newest.length > hits.length }
}

interface Candidate {
  readonly position: number
  readonly body: string
  readonly searched: Searchable
  readonly length: number
  readonly head: ReadonlyArray<Hit>
  readonly text: ReadonlyArray<Hit>
}

const candidateOf = ({ body, position }: Row, query: Query): Candidate => {
  const { payload, type } = envelopeOf(closed(body))
  const searched = searchable(type, payload)
  const head = hitsIn(searched.head, query, rankText)
  const text = hitsIn(searched.text, query, rankText)
  return { position, body, searched, head, text, length: searched.head.length + searched.text.length }
}

const saturation = 1.2
const lengthShare = 0.75
const headWeight = 3

/** BM25 of the candidates among themselves. Each holds every word, so that words differ in how often they stand, not in rarity. */
const scoreOf = ({ head, length, text }: Candidate, average: number): number => {
  const often = new Map<number, number>()
  for (const { word } of text) often.set(word, (often.get(word) ?? 0) + 1)
  for (const { word } of head) often.set(word, (often.get(word) ?? 0) + headWeight)
  const norm = saturation * (1 - lengthShare + lengthShare * (length / Math.max(average, 1)))
  let score = 0
  for (const count of often.values()) score += (count * (saturation + 1)) / (count + norm)
  return Math.round(score * 1000) / 1000
}
