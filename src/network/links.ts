import { Deferred, Effect, Option } from "effect"
import { fromHex, Reader, toHex, Writer } from "../engine/bytes.ts"
import type { Door } from "./door.ts"
import type { Presence } from "./presence.ts"

/** The protocol by which members tell each other whom they are connected to, so that people can be shown the mesh. */
export const linksProtocol = "openpact/links/v1"

/** As many member keys as one message holds. Who has more connections tells the first by key. */
const mostLinks = 120
const version = 1
/** What changes is told so often at most, and read a little more often than that. */
const tellEvery = "1 second"
const readEvery = "500 millis"

/**
 * Tells a peer whom this machine is connected to, now and whenever that changes, and hears the same of it. A second
 * message goes out only when the peer has sent its first, so one that doesn't listen so far is sent no more than one.
 * A peer of an older version doesn't open the channel, and is told nothing.
 */
export const exchangeLinks = Effect.fn("exchangeLinks")(function* (door: Door, presence: Presence, peer: string) {
  if (!(yield* door.opened)) return
  const heard = Deferred.makeUnsafe<void>()
  const take = yield* presence.listen(peer)
  const hear = Effect.gen(function* () {
    while (true) {
      const message = yield* door.take
      if (Option.isNone(message)) return
      const links = decodeLinks(message.value)
      if (Option.isNone(links)) return yield* door.broke("links that are none")
      yield* take(links.value)
      Deferred.doneUnsafe(heard, Effect.void)
      yield* Effect.sleep(readEvery)
    }
  })
  const tell = Effect.gen(function* () {
    let said: string | null = null
    while (true) {
      const links = yield* presence.until(() => {
        const now = [...presence.online()].sort().slice(0, mostLinks)
        return now.join() === said ? null : now
      })
      said = links.join()
      yield* door.send(encodeLinks(links))
      yield* Deferred.await(heard)
      yield* Effect.sleep(tellEvery)
    }
  })
  yield* Effect.raceFirst(hear, tell)
}, Effect.scoped)

/** `version u8, count u8, then so many member keys`. */
export const encodeLinks = (links: ReadonlyArray<string>): Uint8Array =>
  links.reduce(
    (writer, key) => writer.put(fromHex(key)),
    new Writer(2 + links.length * 32).u8(version).u8(links.length)
  ).bytes

/** Each key once: told twice it must not look like the word of two. None: these bytes are no message of this protocol. */
export const decodeLinks = (bytes: Uint8Array): Option.Option<ReadonlyArray<string>> => {
  if (bytes.byteLength < 2) return Option.none()
  const reader = new Reader(bytes)
  if (reader.u8() !== version) return Option.none()
  const count = reader.u8()
  if (count > mostLinks || bytes.byteLength !== 2 + count * 32) return Option.none()
  return Option.some([...new Set(Array.from({ length: count }, () => toHex(reader.take(32))))])
}
