import { describe, expect } from "@effect/vitest"
import { Deferred, Effect, Exit, Schedule, Scope } from "effect"
import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { join } from "node:path"
import { randomBytes } from "node:crypto"
import { fromHex } from "../../../src/engine/bytes.ts"
import { inviteKeyOf } from "../../../src/engine/crypto.ts"
import { joinSwarm, openDht } from "../../../src/hyper/swarm.ts"
import type { Pact } from "../../../src/pacts/Pact.ts"
import { within } from "../../kit/deadline.ts"
import { editMark } from "../../kit/disk.ts"
import { live } from "../../kit/live.ts"
import { joinHome as joined, knowledge } from "../../kit/machines.ts"
import { networked } from "../../kit/networked.ts"
import { tempDir } from "../../kit/temp.ts"
import { testnet } from "../../kit/testnet.ts"

/** The addresses of this process's UDP sockets, as the kernel has them. Null where it doesn't tell. */
const udpSockets = (): ReadonlyArray<string> | null => {
  if (process.platform !== "linux") return null
  const own = new Set(
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  )
  const rows = ["udp", "udp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").trim().split("\n").slice(1))
  return rows.map((row) => row.trim().split(/\s+/)).flatMap((row) => (own.has(row[9]!) ? row[1]!.split(":")[0]! : []))
}
const loopback = "0100007F"

const holds = (pact: Pact, id: string) =>
  pact
    .until(() => (pact.read.entry(id)?.accepted === true ? true : null))
    .pipe(within(`entry ${id}`, "20 seconds", () => `${pact.read.entries} entries`))

describe("the network of a home", () => {
  live("runs each pact that has company, tells who is there, and lets go in good time", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const [adaDir, bobDir] = [yield* tempDir(), yield* tempDir()]
      const ada = yield* networked(adaDir, boot)
      const before = udpSockets()
      yield* ada.pacts.create({ name: "Alone" })
      // A pact without company makes no noise.
      expect(udpSockets()).toEqual(before)
      const pacts: Array<Pact> = []
      for (const name of ["One", "Two"]) {
        yield* ada.pacts.create({ name })
        const pact = yield* ada.pacts.find(name.toLowerCase())
        pacts.push(pact)
        yield* joined(bobDir, name.toLowerCase(), pact)
      }
      const bob = yield* networked(bobDir, boot)
      for (const host of pacts) {
        const guest = yield* bob.opened(host.pactId)
        yield* ada.sees(guest, true)
        yield* bob.sees(host, true)
        yield* guest.until(() => (guest.read.member(guest.memberKey)?.active === true ? true : null))
        const { id } = yield* guest.write(knowledge("from bob"))
        yield* holds(host, id)
      }
      // Nothing of a network on this machine can leave it.
      expect(new Set(udpSockets() ?? [loopback])).toEqual(new Set([loopback]))
      // Two connections, by two keys that have nothing in common.
      const seeds = pacts.map(({ ledger }) => Buffer.from(ledger.identity.noiseSeed).toString("hex"))
      expect(new Set(seeds).size).toBe(2)

      // A pact that is removed leaves the network, and the other one stays.
      const [first, second] = [yield* bob.opened(pacts[0]!.pactId), yield* bob.opened(pacts[1]!.pactId)]
      yield* bob.pacts.remove("one", "one")
      yield* ada.sees(first, false)
      const started = performance.now()
      yield* bob.stop
      expect(performance.now() - started).toBeLessThan(5000)
      yield* ada.sees(second, false)
      const seen = ada.events.filter(({ pactId, type }) => pactId === second.pactId && type !== "member-links")
      expect(seen.map(({ type }) => type)).toEqual(["member-online", "member-offline"])
      // It comes back as it went.
      const again = yield* networked(bobDir, boot)
      yield* ada.sees(second, true)
      yield* again.stop
      yield* ada.stop
    })
  )

  live("stops in good time when the network is gone", () =>
    Effect.gen(function* () {
      const dht = yield* Scope.fork(yield* Effect.scope)
      const boot = yield* testnet.pipe(Scope.provide(dht))
      const [adaDir, bobDir] = [yield* tempDir(), yield* tempDir()]
      const ada = yield* networked(adaDir, boot)
      for (const name of ["one", "two", "three"]) {
        yield* ada.pacts.create({ name })
        yield* joined(bobDir, name, yield* ada.pacts.find(name))
      }
      const bob = yield* networked(bobDir, boot)
      for (const name of ["one", "two", "three"]) yield* ada.sees(yield* bob.opened(name), true)
      yield* Scope.close(dht, Exit.void)
      for (const { stop } of [bob, ada]) {
        const started = performance.now()
        yield* stop
        expect(performance.now() - started).toBeLessThan(5000)
      }
    })
  )

  live("can be found as soon as somebody is invited", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const ada = yield* networked(yield* tempDir(), boot)
      yield* ada.pacts.create({ name: "One" })
      const pact = yield* ada.pacts.find("one")
      const invite = inviteKeyOf(randomBytes(24).toString("hex"))
      yield* pact.write({ type: "admin", payload: { action: "mintInvite", invite, expires_at: 1e15 } })
      const met = Deferred.makeUnsafe<void>()
      yield* joinSwarm(yield* openDht(boot), {
        topic: fromHex(pact.ledger.discoveryKey),
        seed: randomBytes(32),
        serve: () => Effect.asVoid(Deferred.succeed(met, undefined))
      })
      yield* Deferred.await(met).pipe(
        within("a connection", "20 seconds", () => `UDP sockets: ${udpSockets()?.length}`)
      )
    })
  )

  live("is none at all where the setting says so", () =>
    Effect.gen(function* () {
      const [adaDir, bobDir] = [yield* tempDir(), yield* tempDir()]
      const ada = yield* networked(adaDir, "none")
      yield* ada.pacts.create({ name: "One" })
      const pact = yield* ada.pacts.find("one")
      yield* joined(bobDir, "one", pact)
      yield* pact.write(knowledge("to nobody"))
      expect(udpSockets() ?? []).toEqual([])
      expect(ada.network.online(pact.pactId).size).toBe(0)
    })
  )

  live("brings back what a power cut took, before this machine writes again", () =>
    Effect.gen(function* () {
      const boot = yield* testnet
      const [adaDir, bobDir, kept] = [yield* tempDir(), yield* tempDir(), yield* tempDir()]
      const ada = yield* networked(adaDir, boot)
      yield* ada.pacts.create({ name: "One" })
      const host = yield* ada.pacts.find("one")
      yield* joined(bobDir, "one", host)
      const written: Array<string> = []
      for (const round of [0, 1]) {
        const bob = yield* networked(bobDir, boot)
        const guest = yield* bob.opened(host.pactId)
        yield* guest.until(() => (guest.read.member(guest.memberKey)?.active === true ? true : null))
        const { id } = yield* guest.write(knowledge(`round ${round}`))
        written.push(id)
        yield* holds(host, id)
        yield* bob.stop
        // What was on the disk when the power went.
        if (round === 0) cpSync(bobDir, kept, { recursive: true })
      }
      // The rest of the folder stays, or it would be taken for a copy.
      const database = (home: string) => join(home, "pacts", "one", "data", "db")
      rmSync(database(bobDir), { recursive: true })
      cpSync(database(kept), database(bobDir), { recursive: true })
      editMark(join(bobDir, "pacts", "one"), { clean: false, boot: "an earlier one", durability: "os", length: 0 })

      const bob = yield* networked(bobDir, boot)
      const guest = yield* bob.opened(host.pactId)
      yield* holds(guest, written[1]!)
      const writing = Effect.retry(guest.write(knowledge("on from there")), Schedule.spaced("50 millis"))
      const { id } = yield* writing.pipe(within("writing again", "10 seconds", () => JSON.stringify(bob.events)))
      yield* holds(host, id)
      for (const earlier of written) yield* holds(host, earlier)
    })
  )
})
