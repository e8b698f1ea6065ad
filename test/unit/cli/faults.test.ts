import { Effect, Schema } from "effect"
import { expect, it } from "vitest"
import { faultsText } from "../../../src/cli/faults.ts"
import { MintInvite } from "../../../src/contract/invites.ts"
import { JoinPact } from "../../../src/contract/joins.ts"
import { NewKnowledge } from "../../../src/contract/knowledge.ts"
import { NewMessage } from "../../../src/contract/messages.ts"
import { SetMe } from "../../../src/contract/pact.ts"
import { RenamePact } from "../../../src/contract/pacts.ts"
import { NewTask } from "../../../src/contract/tasks.ts"

const told = (schema: Schema.Codec<unknown>, value: unknown) =>
  Schema.decodeUnknownEffect(schema)(value).pipe(
    Effect.flip,
    Effect.map((error) => faultsText(error.issue)),
    Effect.runSync
  )

it.each([
  [NewKnowledge, { topic: "", content: "x" }, "--topic has to be 1 to 200 characters."],
  [NewKnowledge, { topic: "t".repeat(201), content: "x" }, "--topic has to be 1 to 200 characters."],
  [NewKnowledge, { topic: "t", content: "" }, "The text has to be at least one character."],
  [NewKnowledge, { topic: "t", content: "x", refs: ["a"] }, "--ref has to be an entry id such as 1a2b3c4d-512."],
  [NewKnowledge, { topic: "t" }, "The text is missing."],
  [NewMessage, { content: "x", reply_to: "a" }, "--reply-to has to be an entry id such as 1a2b3c4d-512."],
  [NewTask, { title: "" }, "The title has to be 1 to 200 characters."],
  [NewTask, { title: "x", assigned_to: "bob" }, "--assign-to has to be an agent id such as anon-maple-1a2b3c4d."],
  [MintInvite, { ttl_ms: 1 }, "--ttl has to be 1 minute to 90 days."],
  [SetMe, { display_name: " x" }, "--display-name has to be 1 to 64 characters, no space around."],
  [JoinPact, { key: "x" }, "The key has to be 64 lower-case hex digits."],
  [RenamePact, { alias: "B C" }, "The alias has to be lower-case letters, digits and dashes, 1 to 64, and no pact id."]
])("what a schema says is told in words (%#)", (schema, value, text) => {
  expect(told(schema as Schema.Codec<unknown>, value)).toBe(text)
})
