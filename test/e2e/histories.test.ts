import { Effect, Exit, Fiber, Scope } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { agentIdOf } from "../../src/domain/ids.ts"
import { root } from "../kit/build.ts"
import { claimer, type Slot, slotAt, Story } from "../kit/claimers.ts"
import { within } from "../kit/deadline.ts"
import { openHome } from "../kit/home.ts"
import { judge, type Operation, toNdjson } from "../kit/linearizable.ts"
import { live } from "../kit/live.ts"
import { joinHome } from "../kit/machines.ts"
import { type Random, randomFrom } from "../kit/random.ts"
import { tempDir } from "../kit/temp.ts"
import { testnet } from "../kit/testnet.ts"

/** `npm run test:histories` asks for forty. */
const rounds = Number(process.env["OPENPACT_E2E_HISTORIES"] ?? 4)
const seed = Number(process.env["OPENPACT_E2E_SEED"] ?? Date.now() % 1_000_000)
const names = rounds > 10 ? ["ada", "bob", "eve"] : ["ada", "bob"]
const clients = 3
const tasks = 10 * rounds
/** What a run may take, ms. */
const budget = 60_000 + rounds * 30_000

/** Each machine with its own home, all members of one pact, which Ada confirms. None of them runs yet. */
const machines = Effect.gen(function* () {
  const homes: Array<readonly [name: string, home: string]> = []
  for (const name of names) homes.push([name, yield* tempDir(`openpact-${name}`)])
  const scope = yield* Scope.fork(yield* Effect.scope)
  const keys = yield* Effect.gen(function* () {
    const { pacts } = yield* openHome(homes[0]![1]).pipe(Scope.provide(scope))
    yield* pacts.create({ name: "Accord" })
    const pact = yield* pacts.find("accord")
    const made: Array<string> = [pact.memberKey]
    for (const [, home] of homes.slice(1)) made.push(yield* joinHome(home, "accord", pact))
    return made
  })
  yield* Scope.close(scope, Exit.void)
  return homes.map(([name, home], i) => ({ slot: slotAt(name, home), agentId: agentIdOf(keys[i]!) }))
})

/** Things that go wrong. Each ends with everything in order again, and the clients go on all the while. */
const nemeses = (random: Random, network: string, story: Story) => {
  const moment = () => Effect.sleep(random.below(1500))
  const kill = Effect.fnUntraced(function* (slot: Slot) {
    yield* slot.end("kill")
    yield* slot.start(network)
  })
  const freeze = Effect.fnUntraced(function* (slot: Slot) {
    yield* slot.signal("SIGSTOP")
    yield* moment()
    yield* slot.signal("SIGCONT")
  })
  // It answers its clients and meets nobody.
  const cut = Effect.fnUntraced(function* (slot: Slot) {
    yield* slot.end(random.pick(["kill", "stop"] as const))
    yield* slot.start("none")
    yield* story.left.length > 0 && slot.name !== "ada" ? progress(story, 2) : moment()
    yield* slot.end(random.pick(["kill", "stop"] as const))
    yield* slot.start(network)
  })
  return { kill, freeze, cut }
}

/** Waits until some more writes were confirmed, or there is nothing left to write. */
const progress = (story: Story, more: number) =>
  Effect.raceFirst(story.successes.after(more), Effect.sleep("5 seconds"))

live(
  `histories of confirmed claims under kills, freezes and cuts are linearizable (${rounds} rounds, seed ${seed})`,
  () => {
    /** How far it came, and when, for the message of a failure. */
    const steps: Array<string> = []
    const note = (step: string) => void steps.push(`${new Date().toISOString()} ${step}`)
    const slots: Array<Slot> = []
    const state = () => [...steps, ...slots.map(({ dump }) => dump())].join("\n")
    return Effect.gen(function* () {
      const random = randomFrom(seed)
      const boot = yield* testnet
      const network = boot.map(({ host, port }) => `${host}:${port}`).join(",")
      const all = yield* machines
      slots.push(...all.map(({ slot }) => slot))
      note("starts the daemons")
      yield* Effect.forEach(all, ({ slot }) => slot.start(network), { concurrency: "unbounded" })
      const ada = yield* all[0]!.slot.daemon
      note("makes the tasks")
      const make = (i: number) =>
        ada.send<{ readonly id: string }>("POST", "/v1/pacts/accord/tasks", { title: `Task ${i}` })
      const made = yield* Effect.forEach(
        Array.from({ length: tasks }, (_, i) => i),
        make,
        { concurrency: 16 }
      )
      const story = new Story(made.map(({ id }) => id))
      note("waits until all machines are in touch")
      for (const { slot } of all) {
        const daemon = yield* slot.daemon
        yield* daemon.send("POST", "/v1/pacts/accord/knowledge?wait=confirmed", { topic: "t", content: slot.name })
      }
      const working = yield* Effect.forkChild(
        Effect.forEach(
          all.flatMap(({ agentId, slot }) => Array.from({ length: clients }, (_, i) => ({ agentId, i, slot }))),
          ({ agentId, i, slot }) =>
            claimer(slot, `${slot.name}-${i}`, agentId, story, randomFrom(seed + 1000 * i + slot.name.charCodeAt(0))),
          { concurrency: "unbounded", discard: true }
        )
      )
      const { cut, freeze, kill } = nemeses(random, network, story)
      const order = ["kill", "freeze", "cut"] as const
      for (let round = 0; round < rounds; round++) {
        yield* progress(story, 6)
        const { slot } = random.pick(all)
        const what = round < order.length ? order[round]! : random.pick(order)
        note(`${what} of ${slot.name}, ${tell(story)}`)
        yield* { kill, freeze, cut }[what](slot)
      }
      note(`goes on, ${tell(story)}`)
      yield* Fiber.join(working)

      const folder = join(root, "node_modules/.cache/openpact/histories")
      mkdirSync(folder, { recursive: true })
      const file = join(folder, `${seed}.ndjson`)
      writeFileSync(file, toNdjson(story.history))
      console.log(`${tell(story)}, in ${file}`)
      note("judges")
      expect(judge(story.history)).toEqual({ linearizable: true, operations: story.history.length })
      // Done, all of them, and the same on every machine.
      note("compares the machines")
      const states = yield* Effect.forEach(all, ({ slot }) => statesAt(slot, story.tasks))
      for (const each of states) expect(each).toEqual(states[0])
      expect(new Set(states[0]!.map(({ status }) => status))).toEqual(new Set(["complete"]))
      expect(count(story, (line) => line.op === "complete" && line.ok === true)).toBeGreaterThan(tasks / 2)
    }).pipe(within("the histories", budget, state))
  },
  budget + 60_000
)

const count = ({ history }: Story, is: (line: Operation) => boolean) => history.filter(is).length

const tell = (story: Story) =>
  `${story.history.length} operations of ${names.length} daemons with ${clients} clients each: ` +
  `${count(story, ({ ok }) => ok === true)} done, ${count(story, ({ ok }) => ok === false)} refused, ` +
  `${count(story, ({ ok }) => ok === null)} unknown, ${story.left.length} of ${tasks} tasks left`

/** Every task as a machine shows it, once it has them all confirmed. */
const statesAt = Effect.fnUntraced(function* (slot: Slot, ids: ReadonlyArray<string>) {
  const daemon = yield* slot.daemon
  // What this confirms stands behind all that was answered.
  yield* daemon.send("POST", "/v1/pacts/accord/knowledge?wait=confirmed", { topic: "t", content: "the end" })
  return yield* Effect.forEach(ids, (id) =>
    Effect.map(
      daemon.get<Readonly<Record<string, unknown>>>(`/v1/pacts/accord/tasks/${id}`),
      ({ claim, fence, result, status, worker }) => ({ id, claim, fence, result, status, worker })
    )
  )
})
