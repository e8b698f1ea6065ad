import { Effect, Option, Schema } from "effect"
import { Argument, Flag, Prompt } from "effect/cli"
import { InviteExpired } from "../../domain/errors.ts"
import { PactId } from "../../domain/ids.ts"
import { decodeInvite } from "../../domain/invite-token.ts"
import { span } from "../../home/setting-values.ts"
import { ask } from "../ask.ts"
import { Cli } from "../cli.ts"
import { ensureDaemon } from "../ensure.ts"
import { CliFailure, exits } from "../failure.ts"
import { readFlag, settingFlag, switchFlag } from "../flags.ts"
import { watchJoin } from "../joining.ts"
import { sayNext } from "../next-steps.ts"
import { sdk } from "../session.ts"
import { contentOf } from "../stdin.ts"
import { line } from "../text.ts"
import { verb } from "../verb.ts"

const isPactId = Schema.is(PactId)
const patience = 120_000

export const join = () =>
  verb(
    "join",
    {
      description: "Join a pact by an invite. Starts the daemon if none runs, and waits until you are a member.",
      examples: [
        ["openpact join https://openpact.dev/join?invite=eyJ2...", "By the link that somebody sent you"],
        ["OPENPACT_INVITE_TOKEN=eyJ2... openpact join --display-name Ada", "The token in no list of processes"],
        ["openpact join 1a2b...", "By the id of a pact: its creator adds you by hand"]
      ]
    },
    {
      invite: Argument.String("invite").pipe(
        Argument.withDescription("A token, its link, or the id of a pact. - reads stdin. [OPENPACT_INVITE_TOKEN]"),
        Argument.optional
      ),
      displayName: settingFlag("displayName"),
      alias: settingFlag("alias"),
      timeout: readFlag("timeout", span, "a span such as 30s or 5m").pipe(
        Flag.withMetavar("SPAN"),
        Flag.withDescription("How long to wait, such as 30s or 5m. The join goes on after it. Without it, 2m."),
        Flag.withDefault(patience)
      ),
      yes: switchFlag(
        "yes",
        "Don't ask: this invite takes the place of another one that the pact is being joined with."
      )
    },
    Effect.fn("join")(function* ({ alias: aliasFlag, displayName, invite: given, timeout, yes }) {
      const { answer, say, setting, talkStyle } = yield* Cli
      const text = yield* inviteText(Option.getOrUndefined(given))
      // A typo or an old invite is told before anything is started.
      const invite = isPactId(text) ? null : yield* decodeInvite(text)
      if (invite !== null && invite.expiresAt < Date.now()) {
        return yield* new InviteExpired({ message: "This invite has run out. Ask for a new one." })
      }
      const alias = yield* setting("alias", { alias: aliasFlag })
      const display_name = yield* setting("displayName", { displayName })
      const { address } = yield* ensureDaemon()
      const { clientAt } = yield* sdk
      const client = yield* clientAt(address)
      /** With the id beside the invite, this one takes the place of another that the pact is being joined with. */
      const begin = (instead: boolean) =>
        client.joins.join({
          payload: {
            confirm: true,
            ...(invite === null ? { key: text } : { token: text, ...(instead ? { key: invite.pactId } : {}) }),
            ...(alias === undefined ? {} : { alias }),
            ...(display_name === undefined ? {} : { display_name })
          }
        })
      const joining = yield* begin(yes).pipe(
        Effect.catchTag("NOT_CONFIRMED", (error) => Effect.andThen(askInstead(error), begin(true)))
      )
      const name = invite?.pactName ?? joining.alias
      yield* say(talkStyle.dim(`You are ${joining.peer_handle} there.`))
      const status = yield* watchJoin(client, {
        alias: joining.alias,
        pactId: joining.pact_id,
        name,
        memberKey: joining.public_key,
        byInvite: invite !== null,
        timeout
      })
      yield* answer(
        { ...status, alias: joining.alias },
        () => `You are in ${line(status.pact_name ?? name)}. Its alias here: ${joining.alias}`
      )
      yield* sayNext(address)
    }, Effect.scoped)
  )

/** An invite that the pact is being joined with may still do, so it is given up only when a person says so. */
const askInstead = Effect.fnUntraced(function* <E extends { readonly message: string }>(error: E) {
  const { interactive, say } = yield* Cli
  if (!interactive) return yield* Effect.fail(error)
  yield* say(error.message)
  const message = "Join by this invite instead?"
  if (!(yield* ask(Prompt.Confirm({ message, initial: false })))) return yield* Effect.fail(error)
})

/** The argument, the variable, or what somebody types. */
const inviteText = Effect.fnUntraced(function* (given: string | undefined) {
  const { interactive, setting } = yield* Cli
  const text = yield* setting("inviteToken", { inviteToken: given })
  if (text !== undefined) return (yield* contentOf(text)).trim()
  if (interactive) return (yield* ask(Prompt.String({ message: "The invite: a link or a token" }))).trim()
  return yield* new CliFailure({
    code: "USAGE",
    message: "No invite was given.",
    next: "openpact join --help",
    exit: exits.usage
  })
})
