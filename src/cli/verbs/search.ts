import { Effect } from "effect"
import { Argument } from "effect/cli"
import { EntryType } from "../../domain/entry.ts"
import { limits } from "../../domain/limits.ts"
import { Cli } from "../cli.ts"
import { entryText, taskTitle } from "../entry-text.ts"
import { choiceFlag, limitFlag, switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { makeTitles } from "../task-titles.ts"
import { plain } from "../text.ts"
import { verb } from "../verb.ts"

export const search = () =>
  verb(
    "search",
    {
      description: "Find entries by their words, the best first.",
      examples: [
        ["openpact search convert tuesday", "Entries with these words"],
        ["openpact search rollback --all-pacts --type message", "In every pact, only messages"]
      ]
    },
    {
      words: Argument.String("words").pipe(
        Argument.withDescription("What to look for."),
        Argument.variadic({ min: 1 })
      ),
      type: choiceFlag("type", EntryType.literals, "Only entries of this type."),
      allPacts: switchFlag("all-pacts", "In every pact of this home."),
      limit: limitFlag(limits.searchDefault, limits.searchMax)
    },
    Effect.fn("search")(function* ({ allPacts, limit, type, words }) {
      const { answer, json, say, style } = yield* Cli
      const { client, params } = yield* session
      const query = { q: words.join(" "), limit, ...(type === undefined ? {} : { type }) }
      const hits = allPacts ? yield* client.search.host({ query }) : yield* client.search.pact({ params, query })
      const titles = makeTitles(client)
      for (const hit of hits.entries) {
        const where = "alias" in hit ? style.dim(`${hit.alias}  `) : ""
        const task = json
          ? undefined
          : yield* titles.titleOf("pact_id" in hit ? String(hit.pact_id) : params.pactId, hit)
        // Of a task without a description its title is all there is.
        const body = plainSnippet(hit.snippet) === taskTitle(hit) ? "" : snippetText(hit.snippet, style.bold)
        yield* answer(hit, () => `${where}${entryText(hit, style, { task, body })}`)
      }
      if (hits.entries.length === 0) yield* say("Nothing was found.")
      if (hits.has_more) yield* say("There are more. See them with --limit, or say more words.")
    }, Effect.scoped)
  )

/** A snippet has two stars around what was found: paint on a terminal, and nothing where there is none. */
export const snippetText = (snippet: string, found: (text: string) => string): string =>
  plain(snippet).replace(/\*\*(.+?)\*\*/g, (_, text: string) => found(text))

const plainSnippet = (snippet: string): string => snippetText(snippet, (text) => text)
