import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Refs } from "../domain/entry.ts"
import { AgentId, EntryId } from "../domain/ids.ts"
import { nonEmpty, Priority } from "../domain/payloads.ts"
import { inList, inWrite, keyed } from "./errors.ts"
import { pact, page, pageOf, since, write } from "./parameters.ts"
import { Bearer } from "./security.ts"
import { MessageView } from "./views.ts"

/** `reply_to` becomes the first of the entry's refs, and the message part of that one's thread. */
export const NewMessage = Schema.Struct({
  content: nonEmpty,
  priority: Schema.optionalKey(Priority),
  reply_to: Schema.optionalKey(EntryId),
  refs: Schema.optionalKey(Refs)
}).annotate({ identifier: "NewMessage" })

export const messages = HttpApiGroup.make("messages")
  .add(
    HttpApiEndpoint.get("list", "/v1/pacts/:pactId/messages", {
      params: pact,
      query: {
        ...page,
        since: Schema.optionalKey(since),
        agent_id: Schema.optionalKey(AgentId),
        thread: Schema.optionalKey(EntryId)
      },
      success: pageOf(MessageView),
      error: inList
    }).annotateMerge(OpenApi.annotations({ summary: "Messages, by author, time and thread." })),
    HttpApiEndpoint.post("send", "/v1/pacts/:pactId/messages", {
      params: pact,
      query: write,
      payload: NewMessage,
      success: MessageView,
      error: [...inWrite, ...keyed]
    }).annotateMerge(OpenApi.annotations({ summary: "Sends a message to everybody in the pact." }))
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Messages" }))
