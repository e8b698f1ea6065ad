import { EntryType } from "../domain/entry.ts"
import type { InviteFact, PactFact } from "../engine/facts.ts"
import { scopeOf } from "./cursor.ts"
import { listKind } from "./lists.ts"
import { factOf } from "./members.ts"
import { type PageOptions, pageOf, type Row } from "./page.ts"
import type { Reading } from "./reading.ts"

/** The number of entries of each type. */
export const counts = ({ db }: Reading): Readonly<Record<EntryType, number>> => {
  const rows = db.all<{ name: EntryType; entries: number }>(
    "select name, entries from list where kind = ?",
    listKind.type
  )
  const zero = Object.fromEntries(EntryType.literals.map((type) => [type, 0])) as Record<EntryType, number>
  return Object.assign(zero, Object.fromEntries(rows.map(({ entries, name }) => [name, entries])))
}

export interface Topic {
  readonly topic: string
  readonly entries: number
  /** The time of its newest entry, ms. */
  readonly last_at: number
}

/** Topics by name, those after `after`. */
export const topics = (
  { db }: Reading,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number }
) =>
  db.all<Topic>(
    `select name topic, entries, (
        select timestamp from entry where position = coalesce(
          (select max(position) from posting where list = list.id),
          (select max(last) from span where list = list.id))) last_at
      from list where kind = ? and name > ? order by name limit ?`,
    listKind.topic,
    after ?? "",
    limit
  )

/** `settled`: it was redeemed, and nothing moves that any more. The addWriter stands in the same frame, so it too. */
export const inviteFact = (
  { confirmed, db }: Reading,
  invite: string
): (InviteFact & { readonly settled: boolean }) | null => {
  const row = db.get<{ fact: string; redeemed: number | null }>(
    "select fact, redeemed from invite where invite = ?",
    invite
  )
  if (row === undefined) return null
  return { ...(JSON.parse(row.fact) as InviteFact), settled: row.redeemed !== null && row.redeemed < confirmed }
}

/** The public key of an invite that begins so. */
export const inviteLike = ({ db }: Reading, start: string): string | null =>
  // No digit comes after f but this.
  db.get<{ invite: string }>("select invite from invite where invite between ? and ? || 'g' limit 1", start, start)
    ?.invite ?? null

export const pactInfo = ({ db }: Reading): PactFact | null => factOf<PactFact>(db.get("select fact from pact"))

export interface Invite {
  /** The public half: whoever minted it knows the nonce. */
  readonly invite: string
  readonly status: "live" | "spent" | "revoked" | "expired"
  readonly expires_at: number
  readonly created_at: number
  /** The member key it was spent on, and when. */
  readonly spent_by: string | null
  readonly spent_at: number | null
}

/** By the position of their mint. `now` is the reader's clock, ms. */
export const invites = ({ confirmed, db, pactId }: Reading, now: number, options: PageOptions) => {
  const found = new Map<number, Invite>()
  const { cursor, hasMore, rows } = pageOf(
    db,
    options,
    scopeOf(pactId, "invites", [options.order]),
    confirmed,
    (window) =>
      db
        .all<InviteRow>(
          `${selectInvite} where i.position between ? and ? order by i.position ${window.order} limit ?`,
          window.low,
          window.high,
          window.limit
        )
        .map((row) => {
          found.set(row.position, inviteOf(row, now))
          return row
        })
  )
  return { invites: rows.flatMap(({ position }) => found.get(position) ?? []), cursor, hasMore }
}

/** One invite by its public key. */
export const inviteByKey = ({ db }: Reading, key: string, now: number): Invite | null => {
  const row = db.get<InviteRow>(`${selectInvite} where i.invite = ?`, key)
  return row === undefined ? null : inviteOf(row, now)
}

const selectInvite = `select i.position, m.body, i.fact, m.timestamp created_at, r.timestamp spent_at
  from invite i cross join entry m on m.position = i.position left join entry r on r.position = i.redeemed`

interface InviteRow extends Row {
  readonly fact: string
  readonly created_at: number
  readonly spent_at: number | null
}

const inviteOf = ({ created_at, fact, spent_at }: InviteRow, now: number): Invite => {
  const { expires_at, invite, redeemed_by, revoked } = JSON.parse(fact) as InviteFact
  const status = redeemed_by !== null ? "spent" : revoked ? "revoked" : expires_at < now ? "expired" : "live"
  return { invite, status, expires_at, created_at, spent_by: redeemed_by, spent_at }
}
