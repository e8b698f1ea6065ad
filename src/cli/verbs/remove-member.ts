import { Effect } from "effect"
import { Argument } from "effect/cli"
import { findAgent } from "../agents.ts"
import { Cli } from "../cli.ts"
import { nameOf } from "../entry-text.ts"
import { switchFlag } from "../flags.ts"
import { session } from "../session.ts"
import { typed } from "../typed.ts"
import { verb } from "../verb.ts"

export const removeMember = () =>
  verb(
    "remove-member",
    {
      description:
        "Remove a member: what it writes counts no more, and it gets nothing new. It keeps what it has. Creator only.",
      examples: [
        ["openpact remove-member anon-maple-1a2b3c4d", "Asks for the agent id once more"],
        ["openpact remove-member anon-maple-1a2b3c4d --yes", "For scripts"]
      ]
    },
    {
      who: Argument.String("who").pipe(Argument.withDescription("A member key or an agent id, see openpact agents.")),
      yes: switchFlag("yes", "Don't ask.")
    },
    Effect.fn("remove-member")(function* ({ who, yes }) {
      const { answer, command, say } = yield* Cli
      const { client, params } = yield* session
      const { display_name, id, remote_key: key } = yield* findAgent(client, params, who)
      yield* typed({
        yes,
        about: `This removes ${nameOf({ agent_id: id, display_name })} from the pact, for everybody.`,
        word: id,
        what: "its agent id",
        nothing: "Nobody was removed.",
        next: `openpact remove-member ${id} --yes`
      })
      const removed = yield* client.members.remove({ params, query: {}, payload: { key, confirm: true } })
      yield* answer(removed, () => `${removed.agent_id} is no member any more.`)
      const held = { status: "claimed", claimed_by: id, limit: 1 } as const
      const holds = client.tasks.list({ params, query: held }).pipe(
        Effect.map(({ entries }) => entries.length > 0),
        Effect.orElseSucceed(() => false)
      )
      const list = command("task list --status claimed")
      if (yield* holds) yield* say(`Tasks that it holds stay claimed until its claims run out. See them: ${list}`)
      yield* say(`Invites that it may hold still work. See them: ${command("invite --list")}`)
    }, Effect.scoped)
  )
