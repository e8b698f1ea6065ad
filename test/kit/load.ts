import { Deferred, Effect } from "effect"
import { expect } from "vitest"
import type { Answered, Api, Gone } from "./api.ts"

/** An entry as the API answers it. */
export interface EntryJson {
  readonly id: string
  readonly type: string
  readonly payload: { readonly topic?: string; readonly content?: string }
  readonly confirmed: boolean
}

/** A number that grows, and somebody who waits until it has. */
export class Count {
  #count = 0
  #waiting: { readonly count: number; readonly done: Deferred.Deferred<void> } | null = null

  add(): void {
    this.#count++
    if (this.#waiting !== null && this.#count >= this.#waiting.count)
      Deferred.doneUnsafe(this.#waiting.done, Effect.void)
  }
  /** Ends when it has grown by `more` from now. */
  after(more: number): Effect.Effect<void> {
    this.#waiting = { count: this.#count + more, done: Deferred.makeUnsafe() }
    return Deferred.await(this.#waiting.done)
  }
}

/** What clients sent to one pact and what they were told, over any number of daemons. */
export class Record {
  /** Every content that left a client, answered or not. */
  readonly sent = new Set<string>()
  /** The content by the id that was answered with 200. */
  readonly answered = new Map<string, string>()
  readonly #count = new Count()

  answer(id: string, content: string): void {
    expect(this.answered.has(id), `${id} was given twice`).toBe(false)
    this.answered.set(id, content)
    this.#count.add()
  }
  /** Ends when `more` writes from now were answered. */
  after(more: number): Effect.Effect<void> {
    return this.#count.after(more)
  }
}

export interface WriterOptions {
  readonly pact: string
  /** How many clients write at once, each one entry after the other. */
  readonly writers: number
  /** Text to write, different each time. */
  readonly content: () => string
  /** Takes an answer that is not 200. It throws where that is a surprise, else the client goes on. */
  readonly refused?: (answer: Answered) => void
  /** True ends a client before its next write. */
  readonly done?: () => boolean
}

/** Takes answers of these statuses. */
export const only =
  (...expected: ReadonlyArray<number>) =>
  ({ status, text }: Answered): void =>
    expect(expected, text).toContain(status)

/** Writes until it is done or the daemon is gone. */
export const writeMany = (api: Api, record: Record, options: WriterOptions): Effect.Effect<void> => {
  const { content, done = () => false, pact, refused = only(), writers } = options
  const write: Effect.Effect<void, Gone> = Effect.gen(function* () {
    while (!done()) {
      const text = content()
      record.sent.add(text)
      const body = { topic: `topic ${text.length % 7}`, content: text }
      const answer = yield* api.call("POST", `/v1/pacts/${pact}/knowledge`, body)
      if (answer.status === 200) record.answer((JSON.parse(answer.text) as EntryJson).id, text)
      else refused(answer)
    }
  })
  return Effect.all(
    Array.from({ length: writers }, () => Effect.ignore(write)),
    { concurrency: "unbounded", discard: true }
  )
}

interface Page {
  readonly entries: ReadonlyArray<EntryJson>
  readonly cursor: string | null
  readonly has_more: boolean
}

/** The whole log of a pact, page by page. */
export const walkLog = Effect.fnUntraced(function* (api: Api, pact: string, order: "asc" | "desc", limit = 1000) {
  const entries: Array<EntryJson> = []
  let cursor: string | null = null
  do {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page = yield* api.get<Page>(`/v1/pacts/${pact}/log?order=${order}&limit=${limit}${from}`)
    entries.push(...page.entries)
    expect(page.has_more).toBe(page.cursor !== null)
    cursor = page.cursor
  } while (cursor !== null)
  return entries
})

/** How many of the answered entries are not there, or are not what they were. The rest of the log is held to be sound. */
export const lostEntries = Effect.fnUntraced(function* (api: Api, pact: string, { answered, sent }: Record) {
  const log = yield* walkLog(api, pact, "asc")
  const back = yield* walkLog(api, pact, "desc")
  expect(back.map(({ id }) => id).toReversed()).toEqual(log.map(({ id }) => id))
  const byId = new Map(log.map((entry) => [entry.id, entry]))
  expect(byId.size, "an entry stands in the log twice").toBe(log.length)
  const written = log.filter(({ type }) => type === "knowledge").map(({ payload }) => payload.content ?? "")
  expect(new Set(written).size, "a write stands in the log twice").toBe(written.length)
  expect(written.filter((content) => !sent.has(content))).toEqual([])
  const status = yield* api.get<{ readonly entries: number; readonly counts: { readonly knowledge: number } }>(
    `/v1/pacts/${pact}/status`
  )
  expect(status).toMatchObject({ entries: log.length, counts: { knowledge: written.length } })
  return [...answered].filter(([id, content]) => byId.get(id)?.payload.content !== content).map(([id]) => id)
})

/** The ids that `GET /entries/:id` does not answer with their content. */
export const unreadEntries = (api: Api, pact: string, answered: Iterable<readonly [id: string, content: string]>) =>
  Effect.map(
    Effect.forEach(
      answered,
      ([id, content]) =>
        Effect.map(Effect.orDie(api.call("GET", `/v1/pacts/${pact}/entries/${id}`)), ({ status, text }) => {
          const found = status === 200 ? (JSON.parse(text) as EntryJson & { readonly verdict: object }) : null
          return found?.payload.content === content && JSON.stringify(found.verdict) === `{"accepted":true}` ? [] : [id]
        }),
      { concurrency: 16 }
    ),
    (lists) => lists.flat()
  )
