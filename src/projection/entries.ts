import { EntryType } from "../domain/entry.ts"
import type { Refusal } from "../engine/verdict.ts"
import { scopeOf } from "./cursor.ts"
import { closed, envelopeOf, typeNumber } from "./entry.ts"
import { identOf } from "./ident.ts"
import { findList, type List, listKind, pairName, topicName } from "./lists.ts"
import { idOf, type Page, type PageOptions, pageOf, positionOf, readWindow, type Row, type ServedRow } from "./page.ts"
import type { Reading } from "./reading.ts"
import { readList } from "./walk.ts"

/** Filters bear the names of the query, so that a decoded query is one. */
export interface KnowledgeFilter {
  readonly topic?: string | undefined
  readonly agent_id?: string | undefined
  /** Entries of this time or later, ms. By the writers' clocks. */
  readonly since?: number | undefined
}
export interface MessageFilter {
  /** The id of any message of the thread. */
  readonly thread?: string | undefined
  readonly agent_id?: string | undefined
  readonly since?: number | undefined
}

export interface LogFilter {
  readonly type?: EntryType | undefined
  /** Entries of this time or later, ms. By the writers' clocks. */
  readonly since?: number | undefined
}

/** An entry id's verdict: the entry, or why it was refused. `confirmed`: the verdict can't change any more. */
export type Found =
  | ({ readonly accepted: true } & ServedRow)
  | { readonly accepted: false; readonly id: string; readonly code: Refusal; readonly confirmed: boolean }

export const entryById = ({ confirmed, db, signed }: Reading, id: string): Found | null => {
  const ident = identOf(id)
  if (ident === null) return null
  const row = db.get<Row>(
    "select e.position, e.body from ident i cross join entry e on e.position = i.position where i.prefix = ? and i.n = ?",
    ident.prefix,
    ident.n
  )
  if (row !== undefined)
    return { accepted: true, position: row.position, body: row.body, confirmed: row.position < confirmed }
  const refused = db.get<{ code: Refusal; block: number }>(
    "select code, block from refused where prefix = ? and n = ?",
    ident.prefix,
    ident.n
  )
  return refused === undefined ? null : { accepted: false, id, code: refused.code, confirmed: refused.block < signed }
}

/** The id of the entry at a position, null where there is none. */
export const idAt = ({ db }: Reading, position: number): string | null => {
  const row = db.get<{ body: string }>("select body from entry where position = ?", position)
  return row === undefined ? null : idOf(row.body)
}

export const knowledge = (reading: Reading, filter: KnowledgeFilter, options: PageOptions): Page => {
  const { agent_id: agentId, since, topic } = filter
  const name = topic === undefined ? undefined : topicName(topic)
  const list =
    name !== undefined && agentId !== undefined
      ? findList(reading.db, listKind.topicAgent, pairName(agentId, name))
      : name !== undefined
        ? findList(reading.db, listKind.topic, name)
        : agentId !== undefined
          ? findList(reading.db, listKind.knowledgeAgent, agentId)
          : findList(reading.db, listKind.type, "knowledge")
  return listPage(
    reading,
    list,
    since,
    options,
    scopeOf(reading.pactId, "knowledge", [topic, agentId, since, options.order])
  )
}

export const messages = (reading: Reading, filter: MessageFilter, options: PageOptions): Page => {
  const { agent_id: agentId, since, thread } = filter
  const scope = scopeOf(reading.pactId, "messages", [thread, agentId, since, options.order])
  if (thread !== undefined) return threadPage(reading, thread, filter, options, scope)
  const list =
    agentId === undefined
      ? findList(reading.db, listKind.type, "message")
      : findList(reading.db, listKind.messageAgent, agentId)
  return listPage(reading, list, since, options, scope)
}

/** The bodies leave out the content. */
export const skills = (
  reading: Reading,
  { format }: { readonly format?: string | undefined },
  options: PageOptions
): Page => {
  const { confirmed, db, pactId } = reading
  const list = format === undefined ? findList(db, listKind.type, "skill") : findList(db, listKind.skillFormat, format)
  return pageOf(db, options, scopeOf(pactId, "skills", [format, options.order]), confirmed, (window) =>
    list === undefined ? [] : readList(db, list.id, window, { table: "skill" })
  )
}

/** All entries, or those of one type or time. Every entry stands in the list of its type. */
export const log = (reading: Reading, { since, type }: LogFilter, options: PageOptions): Page => {
  const { confirmed, db, pactId } = reading
  const scope = scopeOf(pactId, "log", [type, since, options.order])
  if (type !== undefined) return listPage(reading, findList(db, listKind.type, type), since, options, scope)
  return pageOf(db, options, scope, confirmed, (window) =>
    since === undefined
      ? readWindow(db, { ...source.log, values: [] }, window)
      : EntryType.literals
          .flatMap((each) => {
            const list = findList(db, listKind.type, each)
            return list === undefined ? [] : readList(db, list.id, window, { since })
          })
          .sort((a, b) => (window.order === "asc" ? a.position - b.position : b.position - a.position))
          .slice(0, window.limit)
  )
}

/** The entries that name `id` in their refs. */
export const referencedBy = (reading: Reading, id: string, options: PageOptions): Page => {
  const { confirmed, db, pactId } = reading
  const ident = identOf(id)
  return pageOf(db, options, scopeOf(pactId, "referenced-by", [id, options.order]), confirmed, (window) =>
    ident === null ? [] : readWindow(db, { ...source.refs, values: [ident.prefix, ident.n] }, window)
  )
}

const source = {
  refs: {
    select: "select r.position, e.body from ref r cross join entry e on e.position = r.position",
    where: "r.prefix = ? and r.n = ?",
    position: "r.position"
  },
  log: { select: "select e.position, e.body from entry e", where: "", position: "e.position" }
} as const

const listPage = (
  { confirmed, db }: Reading,
  list: List | undefined,
  since: number | undefined,
  options: PageOptions,
  scope: string
): Page =>
  pageOf(db, options, scope, confirmed, (window) =>
    list === undefined ? [] : readList(db, list.id, window, { since })
  )

/** A message without replies has no list yet: it is its thread. */
const threadPage = (
  reading: Reading,
  thread: string,
  filter: MessageFilter,
  options: PageOptions,
  scope: string
): Page => {
  const { confirmed, db } = reading
  const { agent_id: agentId, since } = filter
  const at = positionOf(db, thread)
  const message =
    at === null
      ? undefined
      : db.get<Row & { type: number; timestamp: number; root: number | null }>(
          "select position, body, type, timestamp, root from entry where position = ?",
          at
        )
  if (message === undefined || message.type !== typeNumber("message"))
    return pageOf(db, options, scope, confirmed, () => [])
  const root = String(message.root ?? message.position)
  if (findList(db, listKind.thread, root) !== undefined) {
    const list =
      agentId === undefined
        ? findList(db, listKind.thread, root)
        : findList(db, listKind.threadAgent, pairName(agentId, root))
    return listPage(reading, list, since, options, scope)
  }
  const shown =
    (agentId === undefined || envelopeOf(closed(message.body)).agent_id === agentId) &&
    (since === undefined || message.timestamp >= since)
  return pageOf(db, options, scope, confirmed, ({ high, low }) =>
    shown && message.position >= low && message.position <= high ? [message] : []
  )
}
