import { Effect } from "effect"
import { Cli } from "../cli.ts"
import type { WaitingFor } from "../../domain/joining.ts"
import { dashboardOf, urlOf } from "../ensure.ts"
import { count, line, span, table } from "../text.ts"
import { verb } from "../verb.ts"

export const status = () =>
  verb(
    "status",
    {
      description: "Show the daemon and the current pact, or the one that --pact names.",
      examples: [
        ["openpact status", "The current pact"],
        ["openpact status --pact obsidian-accord --json", "Another one, for a program"]
      ]
    },
    {},
    Effect.fn("status")(function* () {
      const { answer, command, home, say, setting, style } = yield* Cli
      const { statusOf } = yield* Effect.promise(() => import("../../sdk/status.ts"))
      const { address, daemon, pact } = yield* statusOf(home, yield* setting("pact"))
      const { dim } = style
      const row = (name: string, value: string) => [dim(name), value]
      yield* answer(
        { daemon: { ...daemon, pid: address.pid, url: urlOf(address), dashboard: dashboardOf(address) }, pact },
        () =>
          table([
            row("Daemon", `version ${line(daemon.version)}, pid ${address.pid}, up ${span(daemon.uptime_ms)}`),
            row("API", urlOf(address)),
            row("Dashboard", dashboardOf(address) ?? "none"),
            row("Home", daemon.home),
            row("Pacts", String(daemon.pact_count)),
            ...(pact === null
              ? []
              : [
                  row("Pact", line(pact.pact_name ?? pact.pact_id)),
                  ...(pact.pact_purpose === null ? [] : [row("Purpose", line(pact.pact_purpose))]),
                  row(
                    "You",
                    `${line(pact.display_name ?? "")} ${pact.peer_handle}, ${pact.role ?? "no member"}`.trim()
                  ),
                  row("Key", pact.public_key),
                  ...(pact.error === undefined ? [] : [row("Join", style.red(line(pact.error.message)))]),
                  ...(pact.waiting_for === undefined ? [] : [row("Join", `waits for ${waits[pact.waiting_for]}`)]),
                  row("Agents", String(pact.agents)),
                  row("Entries", `${pact.entries} (${countsOf(pact.counts)})`),
                  row("Confirmed", pact.confirmed_lag === 0 ? "all" : `all but ${pact.confirmed_lag}`)
                ])
          ])
      )
      if (pact === null) yield* say(`There is no pact yet. Make one: ${command("init")}`)
    }, Effect.scoped)
  )

const waits: Readonly<Record<WaitingFor, string>> = {
  network: "a network: this daemon runs without one",
  peers: "others of the pact to be met",
  indexer: "somebody who can redeem the invite",
  admission: "the creator to add this machine's key",
  confirmation: "its confirmation",
  history: "the pact to be fetched"
}

interface Counts {
  readonly knowledge: number
  readonly task: number
  readonly skill: number
  readonly message: number
}

const countsOf = ({ knowledge, message, skill, task }: Counts): string =>
  [`${knowledge} knowledge`, count(task, "task"), count(skill, "skill"), count(message, "message")].join(", ")
