import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import { root } from "../kit/build.ts"
import type { ApplyFrame } from "./world.ts"

/** A bug, as a change of one line of the engine's source. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Stands in the file once. */
  readonly find: string
  readonly replace: string
}

const tasks = "src/engine/decide-tasks.ts"
const members = "src/engine/decide-members.ts"
const apply = "src/engine/apply.ts"

/** Bugs that the simulation has to find. None of them is ever in src: each is put into a copy that only its test loads. */
export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "the fence is not raised",
    file: tasks,
    find: "fence: task.fence + 1",
    replace: "fence: Math.max(1, task.fence)"
  },
  {
    name: "expiry is judged by the writer's own clock",
    file: tasks,
    find: "if (isHeld(task, entry, place)) return refuse",
    replace: "if (isHeld(task, entry, { ...place, time: entry.timestamp })) return refuse"
  },
  {
    name: "a lease is over a moment too late",
    file: tasks,
    find: "return time < until",
    replace: "return time <= until"
  },
  {
    name: "a lease that is taken after a quiet time is over at once",
    file: tasks,
    find: "Math.min(timestamp + lease, limits.timestamp)",
    replace: "time + lease"
  },
  {
    name: "a clock that was never right keeps a task for good",
    file: tasks,
    find: " && timestamp >= ahead.since - limits.clockAhead",
    replace: ""
  },
  {
    name: "a stale completion is accepted",
    file: tasks,
    find: `if (task.claim !== named) return "STALE_CLAIM"`,
    replace: `if (task.claim !== named && entry.payload.status !== "complete") return "STALE_CLAIM"`
  },
  {
    name: "a completion after the end of its lease is accepted",
    file: tasks,
    find: `return isHeld(task, entry, place) ? null : "STALE_CLAIM"`,
    replace: `return isHeld(task, entry, place) || entry.payload.status === "complete" ? null : "STALE_CLAIM"`
  },
  {
    name: "another worker of the same member acts under a claim",
    file: tasks,
    find: "task.holder_key === place.writer && task.worker === workerOf(entry)",
    replace: "task.holder_key === place.writer"
  },
  {
    name: "a held task is claimed by its own holder once more",
    file: tasks,
    find: "if (isHeld(task, entry, place)) return refuse",
    replace: "if (isHeld(task, entry, place) && task.holder_key !== place.writer) return refuse"
  },
  {
    name: "a held task is claimed by anybody",
    file: tasks,
    find: `if (isHeld(task, entry, place)) return refuse("TASK_ALREADY_CLAIMED")`,
    replace: ""
  },
  {
    name: "a release leaves the claim in force",
    file: tasks,
    find: `return accept({ ...free(task), status: "open" })`,
    replace: `return accept({ ...task, status: "open" })`
  },
  {
    name: "a release resets the fence",
    file: tasks,
    find: `return accept({ ...free(task), status: "open" })`,
    replace: `return accept({ ...free(task), fence: 0, status: "open" })`
  },
  {
    name: "a complete task is claimed again",
    file: tasks,
    find: `if (task.status === "complete") return refuse("TASK_ALREADY_COMPLETE")`,
    replace: ""
  },
  {
    name: "an assigned task is taken by anybody",
    file: tasks,
    find: "if (!mayTake(entry, task)) return refuse",
    replace: "if (false) return refuse"
  },
  {
    name: "a removed member still writes",
    file: "src/engine/decide.ts",
    find: "writer === null || !writer.active",
    replace: "writer === null"
  },
  {
    name: "a removed indexer keeps its office",
    file: members,
    find: `{ ...member, active: false, role: "member" }`,
    replace: "{ ...member, active: false }"
  },
  {
    name: "a spent invite admits twice",
    file: members,
    find: "redeemed_by !== payload.key || admitted ||",
    replace: "redeemed_by !== payload.key ||"
  },
  {
    name: "an addWriter apart from its redemption admits",
    file: members,
    find: "frameIdOf(redemption) !== frameIdOf(place.id)",
    replace: "false"
  },
  {
    name: "an invite is redeemed again",
    file: members,
    find: `invite.redeemed_by === null ? invite : "INVITE_SPENT"`,
    replace: "invite"
  },
  {
    name: "an indexer admits without an invite",
    file: members,
    find: "? requireCreator(writer, () => admit(payload, facts, []))",
    replace: "? admit(payload, facts, [])"
  },
  {
    name: "the wall clock is asked",
    file: apply,
    find: "Math.min(entry.timestamp, mark + limits.clockAhead)",
    replace: "Date.now()"
  },
  {
    name: "a clock may run ahead without a bound",
    file: apply,
    find: "Math.min(entry.timestamp, mark + limits.clockAhead)",
    replace: "entry.timestamp"
  },
  {
    name: "the mark follows the last clock and not the greatest",
    file: apply,
    find: "mark = Math.max(mark, time)",
    replace: "mark = time"
  },
  {
    name: "a refused entry leaves a fact behind",
    file: apply,
    find: "if (!verdict.accepted) return { accepted: false, id, code: verdict.code }",
    replace: `if (!verdict.accepted) {
      const task = entry.type === "task" ? loaded.get(keys.task(entry.refs[0] ?? "")) : null
      if (task) keep(task)
      else if (entry.type === "task") dirty.set(keys.task(id), loaded.get(keys.pact) ?? first[1]!)
      return { accepted: false, id, code: verdict.code }
    }`
  },
  {
    name: "a refused entry takes a position",
    file: apply,
    find: "if (!verdict.accepted) return { accepted: false, id, code: verdict.code }",
    replace: "if (!verdict.accepted) return next++, { accepted: false, id, code: verdict.code }"
  },
  {
    name: "what is decided is remembered over a reorder",
    file: apply,
    find: "const loaded = new Map<string, Fact | null>()",
    replace:
      "const loaded: Map<string, Fact | null> = ((globalThis as { m?: Map<object, Map<string, Fact | null>> }).m ??= new Map()).get(ports) ?? new Map(); (globalThis as { m?: Map<object, Map<string, Fact | null>> }).m!.set(ports, loaded)"
  }
]

/** Below node_modules, so that `effect` is found from there. */
const cache = join(root, "node_modules/.cache/openpact/mutants")

/** The engine's `applyFrame` with one bug in it. Fails where the line that the bug changes is no longer there. */
export const loadMutant = async ({ file, find, name, replace }: Mutant): Promise<ApplyFrame> => {
  const target = join(root, file)
  const source = readFileSync(target, "utf8")
  if (source.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold this once: ${find}`)
  const bundle = await rolldown({
    input: join(root, apply),
    external: [/^effect/],
    platform: "node",
    plugins: [{ name: "mutant", transform: (code, id) => (id === target ? code.replace(find, () => replace) : null) }]
  })
  const { output } = await bundle.generate({ format: "esm" })
  await bundle.close()
  mkdirSync(cache, { recursive: true })
  const path = join(cache, `${process.pid}-${mutants.findIndex((each) => each.name === name)}.mjs`)
  writeFileSync(path, output[0].code)
  try {
    const { applyFrame } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { applyFrame: ApplyFrame }
    return applyFrame
  } finally {
    rmSync(path)
  }
}
