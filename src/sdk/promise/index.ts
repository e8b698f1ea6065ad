/** The promise client: `browser.ts`, and the daemon of a home. */
import { type Client, makeClient } from "./client.ts"
import { createClient } from "./create-client.ts"
import { wayHome } from "./discover.ts"
import type { CallOptions, ClientOptions } from "./options.ts"

export * from "./browser.ts"

export interface ConnectOptions extends ClientOptions, Pick<CallOptions, "signal"> {
  /** The daemon's home. `OPENPACT_HOME`, or `~/.openpact`, unless it is given. */
  readonly home?: string | undefined
  /** The API token. With one, or `OPENPACT_TOKEN`, no home is looked at. */
  readonly token?: string | undefined
  /** The port, for those who have a token. `OPENPACT_PORT`, or 7666, unless it is given. */
  readonly port?: number | undefined
}

/**
 * A client of the daemon of this machine, once it answered. Fails with `NoDaemonError` where none runs, and with
 * `HomeError` where others can read or change the token's file. A daemon that is started anew is found again.
 */
export const connect = async (options: ConnectOptions = {}): Promise<Client> => {
  const { env } = process
  const {
    home = env["OPENPACT_HOME"] || "~/.openpact",
    pact = env["OPENPACT_PACT"] || undefined,
    port = Number(env["OPENPACT_PORT"]) || 7666,
    signal,
    token = env["OPENPACT_TOKEN"] || undefined,
    ...rest
  } = options
  const given = { ...rest, pact }
  if (token !== undefined) return met(createClient({ ...given, token, url: `http://127.0.0.1:${port}` }), signal)
  if (options.port !== undefined)
    throw new TypeError("A port is given and no token. Without one daemon.json says both.")
  return met(makeClient(wayHome(home), given), signal)
}

/** Waits until the daemon answered once. */
const met = async (client: Client, signal: AbortSignal | undefined): Promise<Client> => {
  await client.host.status({ signal })
  return client
}
