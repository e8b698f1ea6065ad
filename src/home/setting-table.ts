import { Schema } from "effect"
import { Alias, PactId } from "../domain/ids.ts"
import { limits } from "../domain/limits.ts"
import { DisplayName, PactName, PactPurpose, text, Worker } from "../domain/payloads.ts"
import { anything, hostPorts, loopback, span, whole, yesNo } from "./setting-values.ts"

export interface Setting<A, D extends A | undefined = A | undefined> {
  /** The flag without its dashes, or null where it is no flag. */
  readonly flag: string | null
  /** What stands for the flag's value in help, or null for a switch. */
  readonly value: string | null
  readonly env: string
  /** True where daemon.json may hold it, below `settings`. */
  readonly file: boolean
  /** From the text of a flag or variable. */
  readonly schema: Schema.Codec<A, string>
  readonly default: D
  /** Completes "expected ...". */
  readonly expected: string
  readonly about: string
  /** Its value is shown to nobody, errors included. */
  readonly secret?: true
}

const setting = <A, const D extends A | undefined>(definition: Setting<A, D>): Setting<A, D> => definition

export const durabilities = ["strict", "ack", "os"] as const
export const logLevels = ["trace", "debug", "info", "warn", "error", "none"] as const

/** Every setting, once. docs/configuration.md is made of it. */
export const settingTable = {
  home: setting({
    flag: "home",
    value: "DIR",
    env: "OPENPACT_HOME",
    file: false,
    schema: text(4096),
    default: "~/.openpact",
    expected: "a folder",
    about: "The home: everything that OpenPact keeps on this machine."
  }),
  pact: setting({
    flag: "pact",
    value: "ALIAS",
    env: "OPENPACT_PACT",
    file: false,
    schema: Schema.Union([Alias, PactId]),
    default: "default",
    expected: "the alias or the id of a pact, or default",
    about: "The pact that a command is about. `default` is the current one."
  }),
  host: setting({
    flag: "host",
    value: "ADDRESS",
    env: "OPENPACT_HOST",
    file: true,
    schema: loopback,
    default: "127.0.0.1",
    expected:
      "127.0.0.1: the API is for programs of this machine and must not be reached from a network. " +
      "From another machine, go through ssh -L or a VPN",
    about: "Where the daemon listens. Any other address than 127.0.0.1 is refused."
  }),
  port: setting({
    flag: "port",
    value: "PORT",
    env: "OPENPACT_PORT",
    file: true,
    schema: whole(0, 65535),
    default: 7666,
    expected: "a port from 0 to 65535",
    about: "The port of the API. 0 takes a free one, and daemon.json tells which."
  }),
  dashboardPort: setting({
    flag: "dashboard-port",
    value: "PORT",
    env: "OPENPACT_DASHBOARD_PORT",
    file: true,
    schema: whole(0, 65535),
    default: 7667,
    expected: "a port from 0 to 65535",
    about: "The port of the dashboard. 0 takes a free one, and so does one that is taken."
  }),
  noDashboard: setting({
    flag: "no-dashboard",
    value: null,
    env: "OPENPACT_NO_DASHBOARD",
    file: true,
    schema: yesNo,
    default: false,
    expected: "true or false",
    about: "Runs without a dashboard: nothing listens on its port."
  }),
  bootstrap: setting({
    flag: "bootstrap",
    value: "HOST:PORT,...",
    env: "OPENPACT_BOOTSTRAP",
    file: true,
    schema: hostPorts,
    default: undefined,
    expected: "host:port,host:port or none",
    about:
      "The DHT nodes to start from: a private network. Without it, the public DHT. `none`: no network, nobody is met."
  }),
  durability: setting({
    flag: "durability",
    value: "MODE",
    env: "OPENPACT_DURABILITY",
    file: true,
    schema: Schema.Literals(durabilities),
    default: "strict",
    expected: "strict, ack or os",
    about:
      "When a write is synced to the disk. `strict`: before anybody sees it. `ack`: before it is answered. " +
      "`os`: when the system likes."
  }),
  rateLimit: setting({
    flag: "rate-limit",
    value: "N",
    env: "OPENPACT_RATE_LIMIT",
    file: true,
    schema: whole(1, 1_000_000_000),
    default: 3000,
    expected: "a whole number from 1",
    about: "Requests that the API takes in a minute."
  }),
  logLevel: setting({
    flag: "log-level",
    value: "LEVEL",
    env: "OPENPACT_LOG_LEVEL",
    file: true,
    schema: Schema.Literals(logLevels),
    default: "info",
    expected: "trace, debug, info, warn, error or none",
    about:
      "What is shown on the terminal. logs/daemon.log holds `info` and above always, and more when this asks for more."
  }),
  paranoid: setting({
    flag: "paranoid",
    value: null,
    env: "OPENPACT_PARANOID",
    file: true,
    schema: yesNo,
    default: false,
    expected: "true or false",
    about: "Checks the invariants of a pact after every batch. Slow."
  }),
  name: setting({
    flag: "name",
    value: "NAME",
    env: "OPENPACT_NAME",
    file: false,
    schema: PactName,
    default: undefined,
    expected: `1 to ${limits.pactName} characters`,
    about: "The name of a new pact."
  }),
  purpose: setting({
    flag: "purpose",
    value: "TEXT",
    env: "OPENPACT_PURPOSE",
    file: false,
    schema: PactPurpose,
    default: undefined,
    expected: `1 to ${limits.pactPurpose} characters`,
    about: "What a new pact is for."
  }),
  displayName: setting({
    flag: "display-name",
    value: "NAME",
    env: "OPENPACT_DISPLAY_NAME",
    file: false,
    schema: DisplayName,
    default: undefined,
    expected: `1 to ${limits.displayName} characters`,
    about: "What others see beside your agent id. A label without authority."
  }),
  alias: setting({
    flag: "alias",
    value: "ALIAS",
    env: "OPENPACT_ALIAS",
    file: false,
    schema: Alias,
    default: undefined,
    expected: "1 to 64 lower-case letters, digits and dashes",
    about: "What a new pact is called on this machine. Without it, made from its name."
  }),
  ttl: setting({
    flag: "ttl",
    value: "SPAN",
    env: "OPENPACT_TTL",
    file: false,
    schema: span,
    default: undefined,
    expected: "a span such as 90m, 24h or 7d",
    about: "How long an invite holds (without it 7d), or a claim of a task (24h)."
  }),
  worker: setting({
    flag: "worker",
    value: "LABEL",
    env: "OPENPACT_WORKER",
    file: false,
    schema: Worker,
    default: undefined,
    expected: `1 to ${limits.worker} characters`,
    about: "Who of the agents that share this daemon you are: nobody else may finish what you claim."
  }),
  inviteToken: setting({
    flag: null,
    value: "TOKEN",
    env: "OPENPACT_INVITE_TOKEN",
    file: false,
    schema: text(8192),
    default: undefined,
    expected: "an invite token or its URL",
    about: "The invite to join with: the argument of `openpact join`.",
    secret: true
  }),
  noInteractive: setting({
    flag: "no-interactive",
    value: null,
    env: "OPENPACT_NO_INTERACTIVE",
    file: false,
    schema: yesNo,
    default: false,
    expected: "true or false",
    about: "Never asks. What isn't given takes its default, or fails."
  }),
  noColor: setting({
    flag: "no-color",
    value: null,
    env: "NO_COLOR",
    file: false,
    schema: anything,
    default: false,
    expected: "anything",
    about: "No colors."
  })
}

export type SettingName = keyof typeof settingTable
/** What each setting is when all sources are taken together. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof settingTable)[Name] extends Setting<infer A, infer D>
    ? D extends undefined
      ? A | undefined
      : A
    : never
}
