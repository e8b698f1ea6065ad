import { NodeFileSystem } from "@effect/platform-node"
import { Clock, Effect } from "effect"
import { skillChecksumOf } from "../../src/engine/crypto.ts"
import { connectionOf } from "../../src/hyper/swarm.ts"
import { makeGate } from "../../src/network/gate.ts"
import { makePresence } from "../../src/network/presence.ts"
import type { Pact } from "../../src/pacts/Pact.ts"
import { openHome } from "../kit/home.ts"
import { joinHome } from "../kit/machines.ts"
import { openWire } from "../kit/wire.ts"
import { type Author, authors, type Deed, history } from "./history.ts"

/** Fills three homes with the same pact, called `harbor`, as its three members left it after a week. */
export const fillHomes = (homes: Readonly<Record<Author, string>>): Promise<void> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const ada = yield* openHome(homes.Ada)
    yield* ada.pacts
      .create({
        name: "Harbor",
        purpose: "What we learn about our first users, and who does what",
        display_name: "Ada"
      })
      .pipe(at(now - 168 * hour))
    const host = yield* ada.pacts.find("harbor")
    const pacts = new Map<Author, Pact>([["Ada", host]])
    for (const name of authors) {
      if (name === "Ada") continue
      yield* joinHome(homes[name], "harbor", host, name).pipe(at(now - 165 * hour))
      pacts.set(name, yield* (yield* openHome(homes[name]).pipe(at(now - 164 * hour))).opened("harbor"))
    }
    for (const name of authors) if (name !== "Ada") yield* tie(host, pacts.get(name)!)
    const ids = new Map<string, string>()
    for (const deed of history) {
      const pact = pacts.get(deed.by)!
      const refs = (deed.refs ?? []).map((name) => ids.get(name)!)
      for (const id of refs) yield* pact.until(() => (pact.read.entry(id)?.accepted === true ? true : null))
      yield* pact.until(() => (pact.read.member(pact.memberKey)?.active === true ? true : null))
      const { id } = yield* pact.write({ ...whole(deed), refs }).pipe(at(now - deed.ago * hour))
      // All have it before the next one writes, so their order is that of the story.
      for (const other of pacts.values()) yield* other.until(() => (other.read.entry(id) === null ? null : true))
      if (deed.as !== undefined) ids.set(deed.as, id)
    }
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), Effect.orDie, Effect.runPromise)

const hour = 3_600_000

const whole = ({ draft }: Deed): Deed["draft"] =>
  draft.type === "skill" && "content" in draft.payload
    ? { ...draft, payload: { ...draft.payload, checksum: skillChecksumOf(String(draft.payload.content)) } }
    : draft

/** Does it at another time. */
const at = (time: number) =>
  Effect.updateService(Clock.Clock, (clock) =>
    Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: () => time,
      currentTimeMillis: Effect.succeed(time)
    })
  )

/** Connects two pacts of this process. */
const tie = Effect.fnUntraced(function* (one: Pact, other: Pact) {
  const wire = yield* openWire([one.ledger.identity.noiseSeed, other.ledger.identity.noiseSeed])
  for (const [pact, end] of [
    [one, 0],
    [other, 1]
  ] as const) {
    const serve = makeGate(
      pact,
      makePresence(() => Effect.void)
    )
    yield* Effect.forkScoped(Effect.scoped(Effect.flatMap(connectionOf(wire!.ends[end]), serve)))
  }
})
