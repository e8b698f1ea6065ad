import { type Client, makeClient } from "./client.ts"
import type { ClientOptions } from "./options.ts"
import type { Way } from "./transport.ts"

export interface CreateClientOptions extends ClientOptions {
  /** The daemon's API token. Without one the browser's session counts, as the dashboard has one. */
  readonly token?: string | undefined
  /** Where the daemon is. `http://127.0.0.1:7666`, in a browser the page's own origin, unless it is given. */
  readonly url?: string | undefined
}

/** A client of a daemon whose address is known. It asks nothing by itself. */
export const createClient = ({ token, url, ...options }: CreateClientOptions = {}): Client =>
  makeClient(wayTo(url ?? ownOrigin() ?? "http://127.0.0.1:7666", token ?? null), options)

const ownOrigin = (): string | null => {
  const { location } = globalThis as { readonly location?: { readonly origin: string } }
  return location?.origin.startsWith("http") === true ? location.origin : null
}

const wayTo = (url: string, token: string | null): Way => {
  const { hostname, origin, pathname, protocol } = new URL(url)
  // Anybody on the way could read it.
  if (token !== null && protocol !== "https:" && !/^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)) {
    throw new TypeError(`The token is not sent over plain HTTP to ${hostname}. A daemon listens on 127.0.0.1.`)
  }
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) throw new TypeError("The token holds signs that no token has.")
  const door = { url: `${origin}${pathname.replace(/\/$/, "")}`, token }
  return { find: () => door, lost: () => {} }
}
