import { createHash, randomBytes, timingSafeEqual } from "node:crypto"

/** What a browser gets for a link: both halves are needed at every request. */
export interface Opened {
  /** For the cookie. Cookies know no ports, so another server of this machine may come to see it. */
  readonly id: string
  /** For the page, which keeps it where only its own origin can read it. */
  readonly key: string
}

/** Something that lasts as long as the session that asked for it. */
interface Held {
  readonly end: () => void
}

interface Session {
  readonly keyHash: Buffer
  readonly until: number
  seen: number
  readonly held: Set<Held>
}

/** All in ms. */
export const sessionTimes = {
  /** How long a link may wait for its click. */
  link: 5 * 60_000,
  /** How long a session lasts that nothing is asked under. */
  idle: 12 * 3_600_000,
  /** How long one lasts at most. */
  most: 7 * 24 * 3_600_000
} as const

const mostLinks = 16
const mostSessions = 32

/**
 * The dashboard's links and sessions. They live in memory and end with the daemon. What would open a session is kept as
 * a hash only. `now` is a steady clock, ms.
 */
export class Sessions {
  readonly #links = new Map<string, number>()
  readonly #sessions = new Map<string, Session>()

  /** Makes the code of a link. The oldest link goes where there are too many. */
  link(now: number): string {
    const code = secret()
    this.sweep(now)
    this.#links.set(hashOf(code).toString("hex"), now + sessionTimes.link)
    if (this.#links.size > mostLinks) this.#links.delete(first(this.#links)!)
    return code
  }

  /** Opens a session for a code, which is spent with that. Null for one that is unknown, spent or too old. */
  open(code: string, now: number): Opened | null {
    const hash = hashOf(code).toString("hex")
    const until = this.#links.get(hash)
    this.#links.delete(hash)
    if (until === undefined || until <= now) return null
    const opened = { id: secret(), key: secret() }
    this.#sessions.set(hashOf(opened.id).toString("hex"), {
      keyHash: hashOf(opened.key),
      until: now + sessionTimes.most,
      seen: now,
      held: new Set()
    })
    if (this.#sessions.size > mostSessions) this.#end(first(this.#sessions)!)
    return opened
  }

  /**
   * True where both halves belong to a session that goes on. What is given to `hold` is ended with the
   * session, unless its `release` was called before.
   */
  check(id: string, key: string, now: number): { readonly hold: (held: Held) => (now: number) => void } | null {
    const session = this.#sessions.get(hashOf(id).toString("hex"))
    if (session === undefined || !timingSafeEqual(session.keyHash, hashOf(key))) return null
    if (isOver(session, now)) return null
    session.seen = now
    return {
      hold: (held) => {
        session.held.add(held)
        return (now) => {
          session.held.delete(held)
          session.seen = now
        }
      }
    }
  }

  end(id: string): void {
    this.#end(hashOf(id).toString("hex"))
  }

  /** Ends what is over, with all that goes on under it. */
  sweep(now: number): void {
    for (const [hash, until] of this.#links) if (until <= now) this.#links.delete(hash)
    for (const [hash, session] of this.#sessions) if (isOver(session, now)) this.#end(hash)
  }

  #end(hash: string): void {
    const session = this.#sessions.get(hash)
    this.#sessions.delete(hash)
    for (const held of session?.held ?? []) held.end()
  }
}

/** A page that holds a stream is not idle. */
const isOver = ({ held, seen, until }: Session, now: number): boolean =>
  until <= now || (held.size === 0 && seen + sessionTimes.idle <= now)

const secret = (): string => randomBytes(32).toString("base64url")
const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest()
const first = <K>(map: ReadonlyMap<K, unknown>): K | undefined => map.keys().next().value
