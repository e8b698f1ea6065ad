import { Effect, Schema } from "effect"
import { Prompt } from "effect/cli"
import { userInfo } from "node:os"
import { type Setting, settingTable } from "../home/setting-table.ts"
import type { Client } from "../sdk/connect.ts"
import { Cli } from "./cli.ts"
import { settingFlag } from "./flags.ts"
import { pactName } from "./pact-names.ts"

/** What a new pact is called. */
export const newPactFlags = {
  name: settingFlag("name"),
  purpose: settingFlag("purpose"),
  displayName: settingFlag("displayName"),
  alias: settingFlag("alias")
}

type Named = "name" | "purpose" | "displayName"
type Flags = { readonly [Name in keyof typeof newPactFlags]?: string | boolean | undefined }

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
  const name = asks("name") ? yield* ask("name", "Name of the pact", suggested) : (given.name ?? suggested)
  const purpose = asks("purpose") ? yield* ask("purpose", "What it is for (may stay empty)", "") : given.purpose
  const displayName = asks("displayName")
    ? yield* ask("displayName", "What others see as your name (may stay empty)", userName())
    : given.displayName
  return yield* client.pacts.create({
    payload: {
      name,
      confirm: true,
      ...(purpose ? { purpose } : {}),
      ...(displayName ? { display_name: displayName } : {}),
      ...(alias === undefined ? {} : { alias })
    }
  })
})

const ask = (name: Named, message: string, fallback: string) => {
  const { expected, schema }: Setting<string | undefined> = settingTable[name]
  const validate = (text: string) =>
    fallback === "" && text.trim() === ""
      ? Effect.succeed("")
      : Schema.decodeUnknownEffect(schema)(text.trim()).pipe(
          Effect.map((value) => value ?? ""),
          Effect.mapError(() => `Expected ${expected}.`)
        )
  return Prompt.run(Prompt.String({ message, default: fallback, validate }))
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return ""
  }
}
