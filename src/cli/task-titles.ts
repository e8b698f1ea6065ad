import { Effect } from "effect"
import type { EntryView } from "../contract/views.ts"
import type { Client } from "../sdk/connect.ts"
import { taskTitle } from "./entry-text.ts"

/** How many titles are kept, and how many are asked for: the API has better things to do. */
const kept = 10_000
const asked = 1000

/** The titles of the tasks that entries refer to. Those that were seen are known, and the others are asked for. */
export const makeTitles = (client: Client) => {
  const known = new Map<string, string | undefined>()
  let left = asked

  const learn = (id: string, title: string | undefined) => {
    known.set(id, title)
    const [oldest] = known.keys()
    if (known.size > kept && oldest !== undefined) known.delete(oldest)
    return title
  }

  /** Takes in what entries say of themselves. */
  const see = (entries: ReadonlyArray<EntryView>): void => {
    for (const entry of entries) {
      const title = taskTitle(entry)
      if (title !== undefined) learn(entry.id, title)
    }
  }

  /** The title of the task that an entry is a step of, undefined where there is none or it can't be had. */
  const titleOf = Effect.fnUntraced(function* (pactId: string, entry: EntryView) {
    see([entry])
    const id = entry.type === "task" && taskTitle(entry) === undefined ? entry.refs[0] : undefined
    if (id === undefined) return undefined
    if (known.has(id) || left === 0) return known.get(id)
    left--
    return yield* client.entries.entry({ params: { pactId, id } }).pipe(
      Effect.map((made) => learn(id, "payload" in made ? taskTitle(made) : undefined)),
      // The id will do.
      Effect.orElseSucceed(() => undefined)
    )
  })

  return { see, titleOf }
}
