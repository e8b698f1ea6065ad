import type { MemberFact } from "../engine/facts.ts"
import { closed, envelopeOf } from "./entry.ts"
import { prefixOf } from "./ident.ts"
import { listKind } from "./lists.ts"
import type { Row } from "./page.ts"
import type { Reading } from "./reading.ts"

/** A member, past or present, with what it wrote. */
export interface Member extends MemberFact {
  readonly entries: number
  /** The name and time of its newest entry; null while it has none. */
  readonly display_name: string | null
  readonly last_seen: number | null
}

export interface MembersOptions {
  /** Only those behind this member key. */
  readonly after?: string | undefined
  readonly limit: number
}

/** The active members by key, a page of them. */
export const members = (reading: Reading, { after = "", limit }: MembersOptions): ReadonlyArray<Member> =>
  reading.db
    .all<{ fact: string }>(
      "select fact from member indexed by member_active where active = 1 and key > ? order by key limit ?",
      after,
      limit
    )
    .map(({ fact }) => withWork(reading, JSON.parse(fact) as MemberFact))

/** How many there are, and how many there ever were. */
export interface MemberCounts {
  readonly active: number
  readonly ever: number
}

/** Costs the same however many there are. */
export const memberCounts = ({ db }: Reading): MemberCounts =>
  db.get<MemberCounts>("select active, members ever from tally where one = 1") ?? { active: 0, ever: 0 }

export const memberByKey = ({ db }: Reading, key: string): MemberFact | null =>
  factOf<MemberFact>(db.get("select fact from member where key = ?", key))

/** Those of these keys that are active members. One question for all: each by itself costs ten times as much. */
export const activeAmong = ({ db }: Reading, keys: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(
    db
      .all<{ key: string }>(
        "select value key from json_each(?) where exists (select 1 from member where key = value and active = 1)",
        JSON.stringify(keys)
      )
      .map(({ key }) => key)
  )

/** True for an active member whose admission, or the last change of its role, nothing moves any more. */
export const isSettledMember = ({ confirmed, db }: Reading, key: string): boolean =>
  db.get("select 1 from member where key = ? and active = 1 and position < ?", key, confirmed) !== undefined

/** The same with what it wrote. */
export const memberWithWork = (reading: Reading, key: string): Member | null => {
  const fact = memberByKey(reading, key)
  return fact === null ? null : withWork(reading, fact)
}

const withWork = ({ db }: Reading, fact: MemberFact): Member => {
  const count = db.get<{ entries: number }>(
    "select entries from list where kind = ? and name = ?",
    listKind.author,
    fact.agent_id
  )
  const newest = db.get<Row>(
    `select e.position, e.body from ident i cross join entry e on e.position = i.position
      where i.prefix = ? order by i.n desc limit 1`,
    prefixOf(fact.key)
  )
  const entry = newest === undefined ? null : envelopeOf(closed(newest.body))
  return {
    ...fact,
    entries: count?.entries ?? 0,
    display_name: entry?.display_name ?? null,
    last_seen: entry?.timestamp ?? null
  }
}

export const factOf = <Fact>(row: { readonly fact: string } | undefined): Fact | null =>
  row === undefined ? null : (JSON.parse(row.fact) as Fact)
