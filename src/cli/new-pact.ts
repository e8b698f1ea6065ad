import { Effect, Schema } from "effect"
import { Prompt } from "effect/cli"
import { userInfo } from "node:os"
import { type Setting, settingTable } from "../home/setting-table.ts"
import type { Client } from "../sdk/connect.ts"
import { ask } from "./ask.ts"
import { Cli } from "./cli.ts"
import { settingFlag } from "./flags.ts"
import { pactName } from "./pact-names.ts"

/** What a new pact is called. */
export const newPactFlags = () => ({
  name: settingFlag("name"),
  purpose: settingFlag("purpose"),
  displayName: settingFlag("displayName"),
  alias: settingFlag("alias")
})

type Named = "name" | "purpose" | "displayName"
type Flags = { readonly [Name in keyof ReturnType<typeof newPactFlags>]?: string | boolean | undefined }

/** Makes a pact of the flags, the environment, and, on a terminal, of answers. Never waits where nobody is. */
export const createPact = Effect.fnUntraced(function* (client: Client, flags: Flags) {
  const { interactive, setting } = yield* Cli
  const alias = yield* setting("alias", flags)
  const given = {
    name: yield* setting("name", flags),
    purpose: yield* setting("purpose", flags),
    displayName: yield* setting("displayName", flags)
  }
  const asks = (name: Named) => interactive && given[name] === undefined
  const suggested = pactName()
  const name = (asks("name") ? yield* askFor("name", `Name of the pact (${suggested})`) : given.name) || suggested
  const purpose = asks("purpose") ? yield* askFor("purpose", "What it is for (nothing)") : given.purpose
  const user = userName()
  const displayName = asks("displayName")
    ? (yield* askFor("displayName", `What others see as your name (${user}, - for none)`)) || user
    : given.displayName
  return yield* client.pacts.create({
    payload: {
      name,
      confirm: true,
      ...(purpose ? { purpose } : {}),
      ...(displayName && displayName !== "-" ? { display_name: displayName } : {}),
      ...(alias === undefined ? {} : { alias })
    }
  })
})

/** What was typed, "" for the default that the question names. */
const askFor = (name: Named, message: string) => {
  const { expected, schema }: Setting<string | undefined> = settingTable[name]
  const validate = (text: string) =>
    text.trim() === ""
      ? Effect.succeed("")
      : Schema.decodeUnknownEffect(schema)(text.trim()).pipe(
          Effect.map((value) => value ?? ""),
          Effect.mapError(() => `Expected ${expected}.`)
        )
  return ask(Prompt.String({ message, validate }))
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return ""
  }
}
