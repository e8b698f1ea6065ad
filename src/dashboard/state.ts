import { computed, effect, signal } from "@preact/signals"
import { type AgentRow, api, type Host, type Pact, type PactItem } from "./api.ts"
import { type Happening, link, listen } from "./events.ts"
import { go, place } from "./route.ts"

/** What every screen needs: the daemon, its pacts, the pact that is looked at and who is in it. */
export const host = signal<Host | null>(null)
export const pacts = signal<ReadonlyArray<PactItem> | null>(null)
export const pact = signal<Pact | null>(null)
export const agents = signal<ReadonlyArray<AgentRow>>([])
/** Why the pact can't be shown. */
export const pactError = signal<unknown>(null)

/** The pact of the address, as the list has it. */
export const current = computed(() => pacts.value?.find(({ alias }) => alias === place.value.pact) ?? null)
/** The id of the pact that is looked at. It stays when its alias changes. */
export const pactId = computed(() => current.value?.pact_id ?? null)
/** False as long as nothing can be asked of it. */
const ready = computed(() => current.value !== null && !isUnderWay(current.value))
export const agentById = computed(() => new Map(agents.value.map((agent) => [agent.id, agent])))
/** The member keys that others tell as their connections. */
export const seenByOthers = computed(
  () => new Set(agents.value.flatMap(({ connected_to = [], is_self }) => (is_self ? [] : connected_to)))
)
/** Who is here first, then whom others see. */
export const byPresence = (list: ReadonlyArray<AgentRow>): ReadonlyArray<AgentRow> => {
  const rank = ({ is_self, online, remote_key }: AgentRow): number =>
    is_self ? 0 : online ? 1 : seenByOthers.value.has(remote_key) ? 2 : 3
  return list.toSorted((a, b) => rank(a) - rank(b))
}
export const me = computed(() => pact.value?.peer_handle ?? null)

/** Runs at once, and after that at most once in a while however often it is asked for. The last asking is never lost. */
const seldom = (ms: number, run: () => Promise<void>): (() => void) => {
  let state: "idle" | "busy" | "again" = "idle"
  const start = (): void => {
    state = "busy"
    void Promise.all([run().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, ms))]).then(() => {
      const again = state === "again"
      state = "idle"
      if (again) start()
    })
  }
  return () => {
    if (state === "idle") start()
    else state = "again"
  }
}

export const readHost = seldom(1000, async () => {
  host.value = await api.host()
})

export const readPacts = seldom(1000, async () => {
  const list = await api.pacts()
  pacts.value = list.pacts
  // The address names no pact, or one that is gone.
  if (current.value === null && list.current !== null) go({ ...place.value, pact: list.current })
  else if (list.pacts.length === 0) go({ pact: "-", screen: "pacts" })
})

const readPact = seldom(400, async () => {
  const id = pactId.value
  if (id === null || !ready.value) return
  try {
    const status = await api.status(id)
    if (pactId.value === id) {
      pact.value = status
      pactError.value = null
    }
  } catch (error) {
    if (pactId.value === id) pactError.value = error
  }
})

const readAgents = seldom(400, async () => {
  const id = pactId.value
  if (id === null || !ready.value) return
  const list = await api.agents(id)
  if (pactId.value === id) agents.value = list
})

/** True for a pact that is being joined or opened. One that this machine was removed from has no role, but entries. */
export const isUnderWay = ({ entries, failed, joining, role }: PactItem): boolean =>
  joining === true || (role === null && failed === undefined && entries === 0)

/** What makes which part of this be read anew. Names that are not here change nothing of it. */
const onEvent = ({ data, event }: Happening): void => {
  const mine = data.pact_id === undefined || data.pact_id === pactId.value
  if (event === "lost" || event.startsWith("pact-")) {
    readPacts()
    readHost()
  }
  // It may be this machine.
  if (event === "member-removed") readPacts()
  // A join ends with the admission of this machine.
  if (event === "member-added" && pacts.peek()?.some((each) => each.pact_id === data.pact_id && isUnderWay(each)))
    readPacts()
  if (!mine) return
  if (event === "lost" || event === "pact-changed" || event === "member-removed" || event.startsWith("entry-"))
    readPact()
  if (event === "lost" || event.startsWith("member-") || event === "entry-applied") readAgents()
}

/** Reads the pact whenever another one is looked at or this one can be used, and starts to listen. */
export const begin = (): void => {
  listen(onEvent)
  readPacts()
  readHost()
  effect(() => {
    const wanted = pactId.value !== null && ready.value
    pact.value = null
    agents.value = []
    pactError.value = null
    if (!wanted) return
    readPact()
    readAgents()
  })
  effect(() => {
    if (link.value === "live") readHost()
  })
}
