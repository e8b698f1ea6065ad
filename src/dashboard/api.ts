import type { AcceptedEntry, RefusedEntry } from "../contract/entries.ts"
import type { HostStatus } from "../contract/host.ts"
import type { Topic } from "../contract/knowledge.ts"
import type { Agent, PactStatus } from "../contract/pact.ts"
import type { PactList, PactMade, PactRow } from "../contract/pacts.ts"
import type { Hits } from "../contract/search.ts"
import type { InstalledSkill, SkillContent } from "../contract/skills.ts"
import type { TaskView, TaskWithHistory } from "../contract/tasks.ts"
import type { EntryView } from "../contract/views.ts"
import { sessionKey, sessionOver } from "./session.ts"

export type Entry = EntryView
export type EntryType = Entry["type"]
export type AgentRow = typeof Agent.Type
export type Host = typeof HostStatus.Type
export type Pact = typeof PactStatus.Type
export type PactItem = typeof PactRow.Type
export type Task = TaskView
export type TaskDetail = typeof TaskWithHistory.Type
export type TopicRow = typeof Topic.Type
export type Installed = InstalledSkill
export type EntryOrRefusal = typeof AcceptedEntry.Type | typeof RefusedEntry.Type

export interface Invite {
  readonly nonce: string | null
  readonly invite: string
  readonly expires_at: number
  readonly created_at: number
  readonly status: "live" | "spent" | "revoked" | "expired"
  readonly spent_by: string | null
  readonly spent_at: number | null
  readonly share_url: string | null
}
export type MintedInvite = { readonly share_url: string; readonly expires_at: number }

export interface Page<Item> {
  readonly entries: ReadonlyArray<Item>
  readonly cursor: string | null
  readonly has_more: boolean
}

/** What the daemon refused. `code` is the wire code, `OFFLINE` where nobody answered. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

type Query = Readonly<Record<string, string | number | boolean | undefined | null>>

const request = async <Json>(
  method: string,
  path: string,
  { body, query = {}, signal }: { readonly body?: object; readonly query?: Query; readonly signal?: AbortSignal } = {}
): Promise<Json> => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === null || value === "" ? [] : [[name, String(value)]]
  )
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given)}`
  const response = await fetch(`/v1${path}${search}`, {
    method,
    headers: headers(body === undefined ? {} : { "content-type": "application/json" }),
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal })
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError("OFFLINE", 0, "The daemon doesn't answer. What you see may be old.")
  })
  const answer: unknown = await response.json().catch(() => ({}))
  if (response.ok) return answer as Json
  const { error = "UNKNOWN", message = `The daemon answered ${response.status}.` } = answer as {
    readonly error?: string
    readonly message?: string
  }
  if (response.status === 401) sessionOver(message)
  throw new ApiError(error, response.status, message)
}

export const headers = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  "openpact-session": sessionKey(),
  ...more
})

const get = <Json>(path: string, query?: Query, signal?: AbortSignal) =>
  request<Json>("GET", path, { ...(query && { query }), ...(signal && { signal }) })
const at = (pact: string, path: string) => `/pacts/${encodeURIComponent(pact)}${path}`

export interface PageQuery {
  readonly limit?: number
  readonly cursor?: string | null
}

/** Every call that the dashboard makes. A pact is named by its id or alias. */
export const api = {
  host: () => get<Host>("/status"),
  pacts: () => get<typeof PactList.Type>("/pacts"),
  createPact: (body: { readonly name: string; readonly purpose?: string; readonly display_name?: string }) =>
    request<typeof PactMade.Type>("POST", "/pacts", { body: { ...body, confirm: true } }),
  switchPact: (alias: string) => request<object>("POST", "/pacts/switch", { body: { alias, confirm: alias } }),
  renamePact: (pact: string, alias: string) => request<object>("PUT", at(pact, "/alias"), { body: { alias } }),
  removePact: (pact: string, confirm: string) => request<object>("DELETE", at(pact, ""), { body: { confirm } }),

  status: (pact: string) => get<Pact>(at(pact, "/status")),
  agents: (pact: string) => get<ReadonlyArray<AgentRow>>(at(pact, "/agents")),

  promote: (pact: string, key: string) =>
    request<object>("POST", at(pact, "/admin/promote"), { body: { key, confirm: true } }),
  removeMember: (pact: string, key: string) =>
    request<object>("POST", at(pact, "/admin/remove"), { body: { key, confirm: true } }),
  invites: (pact: string) => get<Page<Invite>>(at(pact, "/invites"), { limit: 100 }),
  mintInvite: (pact: string, ttl_ms: number) =>
    request<MintedInvite>("POST", at(pact, "/invites"), { body: { ttl_ms, confirm: true } }),
  revokeInvite: (pact: string, name: string) =>
    request<object>("DELETE", at(pact, `/invites/${name}`), { body: { confirm: name } }),

  log: (pact: string, query: PageQuery & { readonly type?: EntryType } = {}) =>
    get<Page<Entry>>(at(pact, "/log"), { ...query }),
  entry: (pact: string, id: string) => get<EntryOrRefusal>(at(pact, `/entries/${id}`)),
  referencedBy: (pact: string, id: string, query: PageQuery = {}) =>
    get<Page<Entry>>(at(pact, `/entries/${id}/referenced-by`), { ...query }),

  knowledge: (pact: string, query: PageQuery & { readonly topic?: string | undefined }) =>
    get<Page<Entry>>(at(pact, "/knowledge"), { ...query }),
  record: (pact: string, body: { readonly topic: string; readonly content: string; readonly refs?: Array<string> }) =>
    request<Entry>("POST", at(pact, "/knowledge"), { body }),
  topics: (pact: string) => get<ReadonlyArray<TopicRow>>(at(pact, "/topics"), { limit: 200 }),
  search: (
    pact: string,
    query: {
      readonly q: string
      readonly type?: EntryType
      readonly topic?: string | undefined
      readonly limit?: number
    },
    signal?: AbortSignal
  ) => get<typeof Hits.Type>(at(pact, "/search"), query, signal),

  tasks: (pact: string, query: PageQuery & { readonly status: Task["status"] }) =>
    get<Page<Task>>(at(pact, "/tasks"), { ...query }),
  task: (pact: string, id: string) => get<TaskDetail>(at(pact, `/tasks/${id}`)),
  addTask: (pact: string, body: { readonly title: string; readonly description?: string }) =>
    request<Task>("POST", at(pact, "/tasks"), { body }),
  stepTask: (pact: string, id: string, step: "claim" | "renew" | "release" | "complete", body: object) =>
    request<Task>("PUT", at(pact, `/tasks/${id}/${step}`), { body }),

  skills: (pact: string, query: PageQuery) => get<Page<Entry>>(at(pact, "/skills"), { ...query }),
  skillContent: (pact: string, id: string) => get<typeof SkillContent.Type>(at(pact, `/skills/${id}/content`)),
  installed: (pact: string) => get<{ readonly entries: ReadonlyArray<Installed> }>(at(pact, "/skills/installed")),
  installSkill: (pact: string, id: string) =>
    request<Installed>("POST", at(pact, `/skills/${id}/install`), { body: { confirm: true } }),
  uninstallSkill: (pact: string, id: string, confirm: string) =>
    request<Installed>("DELETE", at(pact, `/skills/${id}/install`), { body: { confirm } }),

  messages: (pact: string, query: PageQuery & { readonly thread?: string }) =>
    get<Page<Entry>>(at(pact, "/messages"), { ...query }),
  send: (pact: string, body: { readonly content: string; readonly priority?: string; readonly reply_to?: string }) =>
    request<Entry>("POST", at(pact, "/messages"), { body })
} as const

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
