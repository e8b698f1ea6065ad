import { note } from "../quote.ts"
import { Refusal, tool } from "../tool.ts"
import { pact, sure, text, within } from "./fields.ts"
import { Schema } from "effect"

export const hostTools = [
  tool("status", "Which pact this is, its purpose, your part in it. Call first.", {
    effects: "reads",
    input: pact,
    output: { daemon: "object" },
    run: async (input, context) => {
      const { signal } = context
      const daemon = await context.client.host.status({ signal })
      const { pact } = within(input, context)
      return { note, daemon, ...(daemon.pact_count === 0 ? {} : { pact: await pact.status({ signal }) }) }
    }
  }),
  tool("agents", "Who is in the pact and online. For whom to assign or ask.", {
    effects: "reads",
    input: { ...pact, online: Schema.optionalKey(Schema.Boolean) },
    output: { agents: "array" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      return { note, agents: await pact.agents({ ...rest, limit: 100, signal: context.signal }) }
    }
  }),
  tool("list_pacts", "The pacts of this machine, when another one may be meant.", {
    effects: "reads",
    input: {},
    output: { pacts: "array" },
    run: async (_input, { client, signal }) => ({ note, ...(await client.pacts.list({ signal })) })
  }),
  tool("switch_pact", "Make a pact the default for every program here. Prefer the pact argument.", {
    effects: "sets",
    input: { alias: text, confirm: sure },
    output: { current: "string" },
    run: async ({ alias, confirm }, { client, signal }) => ({
      ...(await client.pacts.switch({ alias, ...(confirm === true ? { confirm: alias } : {}) }, { signal }))
    })
  }),
  tool("grant_member", "Admit a peer by its key (64 hex). Creator only, when the user asks.", {
    effects: "adds",
    input: { ...pact, key: text, indexer: Schema.optionalKey(Schema.Boolean), confirm: sure },
    output: { agent_id: "string" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      // The API asks for it where rights grow. Here a model decides, so it must have asked always.
      if (rest.confirm !== true) throw new Refusal("NOT_CONFIRMED", "Ask the user, then call again with confirm: true.")
      return { ...(await pact.members.add(rest, { signal: context.signal })) }
    }
  }),
  tool("revoke_member", "Remove a member by its key. Creator only, when the user asks.", {
    effects: "destroys",
    input: { ...pact, key: text, confirm: sure },
    output: { agent_id: "string" },
    run: async (input, context) => {
      const { pact, rest } = within(input, context)
      return { ...(await pact.members.remove(rest, { signal: context.signal })) }
    }
  })
]
