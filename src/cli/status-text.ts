import type { HostStatus } from "../contract/host.ts"
import type { PactStatus } from "../contract/pact.ts"
import type { WaitingFor } from "../domain/joining.ts"
import type { DaemonAddress } from "../home/discovery.ts"
import { dashboardOf, urlOf } from "./ensure.ts"
import { count, line, span, type Style, table } from "./text.ts"

type Daemon = typeof HostStatus.Type
type Pact = typeof PactStatus.Type

/** A daemon and one of its pacts, for people. */
export const statusText = (address: DaemonAddress, daemon: Daemon, pact: Pact | null, style: Style): string =>
  table(
    [...daemonRows(address, daemon, style), ...(pact === null ? [] : pactRows(pact, style))].map(([name, value]) => [
      style.dim(name),
      value
    ])
  )

type Row = readonly [name: string, value: string]

const daemonRows = (address: DaemonAddress, daemon: Daemon, { yellow }: Style): ReadonlyArray<Row> => [
  ["Daemon", `version ${line(daemon.version)}, pid ${address.pid}, up ${span(daemon.uptime_ms)}`],
  ["API", urlOf(address)],
  ["Dashboard", dashboardOf(address) ?? "none"],
  ["Home", daemon.home],
  ["Network", daemon.network === "none" ? yellow(networkText(daemon)) : networkText(daemon)],
  ["Pacts", String(daemon.pact_count)]
]

const pactRows = (pact: Pact, { red }: Style): ReadonlyArray<Row> => [
  ["Pact", line(pact.pact_name ?? pact.pact_id)],
  ...(pact.pact_purpose === null ? [] : [["Purpose", line(pact.pact_purpose)] as const]),
  ["You", `${line(pact.display_name ?? "")} ${pact.peer_handle}, ${pact.role ?? absence(pact)}`.trim()],
  ["Key", pact.public_key],
  ...(pact.removal_told_by === undefined ? [] : [["Removed", red(removalText(pact.removal_told_by))] as const]),
  ...(pact.error === undefined ? [] : [["Join", red(line(pact.error.message))] as const]),
  ...(pact.waiting_for === undefined ? [] : [["Join", `waits for ${waits[pact.waiting_for]}`] as const]),
  // Of a pact that this machine is not in yet nothing is known.
  ...(pact.agents === 0
    ? []
    : ([
        ["Agents", agentsText(pact)],
        ["Entries", entriesText(pact)],
        ["Confirmed", pact.confirmed_lag === 0 ? "all" : `all but ${pact.confirmed_lag}`]
      ] as const))
]

/** How this machine meets others. */
const networkText = ({ bootstrap, network }: Daemon): string => {
  switch (network) {
    case "public":
      return "the public DHT"
    case "private":
      return `private, by ${bootstrap.join(", ")}`
    case "none":
      return "none, so nobody is met (bootstrap is none)"
  }
}

/** Who is no member, and on no way in, was one once. */
export const isRemoved = ({ is_member, joining }: Pact): boolean => !is_member && joining === undefined

const absence = (pact: Pact): string => (isRemoved(pact) ? "removed" : "no member yet")

const agentsText = ({ agents, indexers, is_member, online }: Pact): string =>
  agents === 1 && is_member
    ? "you alone"
    : `${agents} (${count(indexers, "indexer")}), ${online} of ${count(agents - (is_member ? 1 : 0), "other")} online`

/** What others say of this machine. */
export const removalText = (told: number): string =>
  `${count(told, "member")} ${told === 1 ? "says" : "say"} that this machine was removed from the pact`

/** The parts add up to the whole. */
const entriesText = ({ counts: { knowledge, message, skill, task }, entries }: Pact): string => {
  const admin = entries - knowledge - task - skill - message
  const parts = [
    [knowledge, `${knowledge} knowledge`],
    [task, `${task} on tasks`],
    [skill, count(skill, "skill")],
    [message, count(message, "message")],
    [admin, `${admin} on the pact and its members`]
  ] as const
  const there = parts.filter(([many]) => many > 0).map(([, text]) => text)
  return there.length === 0 ? String(entries) : `${entries}: ${there.join(", ")}`
}

const waits: Readonly<Record<WaitingFor, string>> = {
  network: "a network: this daemon runs without one",
  peers: "others of the pact to be met",
  indexer: "somebody who can redeem the invite",
  admission: "the creator to add this machine's key",
  confirmation: "its confirmation",
  history: "the pact to be fetched"
}
