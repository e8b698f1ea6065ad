import { Effect, Option } from "effect"
import { entries } from "../contract/entries.ts"
import { NotFound } from "../domain/errors.ts"
import { jsonText } from "../http/answer.ts"
import { handle } from "../http/handlers.ts"
import { Pacts } from "../pacts/Pacts.ts"
import type { Changes } from "../projection/changes.ts"
import { entryJson, listJson, listOf, pageQuery, query as run } from "./serve.ts"

export const entryHandlers = Effect.gen(function* () {
  const pacts = yield* Pacts
  return handle(entries, {
    entry: Effect.fnUntraced(function* ({ params: { id, pactId } }) {
      const { read } = yield* pacts.find(pactId)
      const found = yield* run(() => read.entry(id))
      if (found === null) return yield* noEntry(id)
      return found.accepted
        ? jsonText(entryJson(found, `,"verdict":{"accepted":true}`))
        : { id, verdict: { accepted: false, code: found.code } }
    }),
    referencedBy: Effect.fnUntraced(function* ({ params: { id, pactId }, query }) {
      const { read } = yield* pacts.find(pactId)
      if ((yield* run(() => read.entry(id))) === null) return yield* noEntry(id)
      return yield* listOf(`referenced-by ${id}`, read, query, () => read.referencedBy(id, query))
    }),
    log: Effect.fnUntraced(function* ({ params, query }) {
      const { read } = yield* pacts.find(params.pactId)
      return yield* listOf("log", read, query, () => read.log(query, query))
    }),
    changes: Effect.fnUntraced(function* ({ params, query: { wait = 0, ...query } }) {
      const pact = yield* pacts.find(params.pactId)
      const now = yield* pageQuery(() => pact.read.changes(query))
      if (wait === 0 || hasNews(now)) return changesJson(now)
      // From here on the reader waits behind the cursor that it would have got.
      const later = { ...query, from: undefined, since: now.cursor }
      const news = yield* pact
        .until(() => newsOf(() => pact.read.changes(later)))
        .pipe(Effect.timeoutOption(wait * 1000))
      return changesJson(yield* pageQuery(Option.getOrElse(news, () => () => now)))
    })
  })
})

const noEntry = (id: string) => new NotFound({ message: `This pact holds no entry ${id}.` })

const hasNews = ({ reset, rows }: Changes): boolean => reset || rows.length > 0
/** The news there is, or the failure to read it, for whoever asks. Null: nothing yet. */
const newsOf = (read: () => Changes): (() => Changes) | null => {
  try {
    const changes = read()
    return hasNews(changes) ? () => changes : null
  } catch (cause) {
    return () => {
      throw cause
    }
  }
}

const changesJson = ({ cursor, hasMore, reset, rows }: Changes) =>
  jsonText(listJson(rows, hasMore, `"cursor":${JSON.stringify(cursor)},"reset":${reset}`))
