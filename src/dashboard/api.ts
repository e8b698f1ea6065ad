import {
  type AcceptedEntry,
  type Agent,
  createClient,
  type Entry,
  type HostStatus,
  type InstalledSkill,
  type Invite,
  type InviteMinted,
  type Page,
  type PactList,
  type PactStatus,
  type RefusedEntry,
  type Task,
  type TaskWithHistory,
  type Topic
} from "../sdk/promise/browser.ts"
import { sessionKey, sessionOver } from "./session.ts"

export type { Entry, Invite, Page, Task }
export type MintedInvite = InviteMinted
export type EntryType = Entry["type"]
export type AgentRow = Agent
export type Host = HostStatus
export type Pact = PactStatus
export type PactItem = PactList["pacts"][number]
export type TaskDetail = TaskWithHistory
export type TopicRow = Topic
export type Installed = InstalledSkill
export type EntryOrRefusal = AcceptedEntry | RefusedEntry

/** Sends the page's half of the session along. The cookie goes by itself. */
const withSession: typeof fetch = async (input, init) => {
  const key = sessionKey()
  // Nothing is asked after the sign-out, wherever that was.
  if (key === "") throw new TypeError("There is no session.")
  const headers = new Headers(init?.headers)
  headers.set("openpact-session", key)
  const response = await fetch(input, { ...init, headers, credentials: "same-origin" })
  if (response.status === 401 && sessionKey() === key) sessionOver("This session is over.")
  return response
}

/** Lets somebody see how the stream of events is asked for. */
export const streamOpened = { tell: (): void => {} }

const watched: typeof fetch = (input, init) => {
  if (String(input).includes("/v1/events")) streamOpened.tell()
  return withSession(input, init)
}

/** The daemon that serves this page. */
export const client = createClient({ fetch: watched, retries: 1 })

export interface PageQuery {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Every call that the dashboard makes. A pact is named by its id or alias. */
export const api = {
  host: () => client.host.status(),
  pacts: () => client.pacts.list(),
  createPact: (body: { readonly name: string; readonly purpose?: string; readonly display_name?: string }) =>
    client.pacts.create({ ...body, confirm: true }),
  joinPact: (body: {
    readonly token?: string
    readonly key?: string
    readonly display_name?: string
    readonly alias?: string
  }) => client.joins.join({ ...body, confirm: true }),
  switchPact: (alias: string) => client.pacts.switch({ alias, confirm: alias }),
  renamePact: (pact: string, alias: string) => client.pact(pact).alias({ alias }),
  removePact: (pact: string, confirm: string) => client.pact(pact).remove({ confirm }),

  status: (pact: string) => client.pact(pact).status(),
  agents: (pact: string) => client.pact(pact).agents(),
  promote: (pact: string, key: string) => client.pact(pact).members.promote({ key, confirm: true }),
  removeMember: (pact: string, key: string) => client.pact(pact).members.remove({ key, confirm: true }),
  invites: async (pact: string) => client.pact(pact).invites.list({ limit: 100 }),
  mintInvite: (pact: string, ttl_ms: number) => client.pact(pact).invites.mint({ ttl_ms, confirm: true }),
  revokeInvite: (pact: string, name: string) => client.pact(pact).invites.revoke(name, { confirm: name }),

  log: async (pact: string, query: PageQuery) => client.pact(pact).entries.log(query),
  entry: (pact: string, id: string) => client.pact(pact).entries.entry(id),
  referencedBy: async (pact: string, id: string, query: PageQuery) => client.pact(pact).entries.referencedBy(id, query),

  knowledge: async (pact: string, query: PageQuery & { readonly topic: string | undefined }): Promise<Page<Entry>> =>
    client.pact(pact).knowledge.list(query),
  topics: (pact: string) => client.pact(pact).knowledge.topics({ limit: 200 }),
  search: (pact: string, query: { readonly q: string; readonly topic: string | undefined }, signal: AbortSignal) =>
    client.pact(pact).search({ ...query, type: "knowledge", limit: 100, signal }),

  tasks: async (pact: string, query: PageQuery & { readonly status: Task["status"] }) =>
    client.pact(pact).tasks.list(query),
  task: (pact: string, id: string) => client.pact(pact).tasks.task(id),
  addTask: (pact: string, body: { readonly title: string; readonly description?: string }) =>
    client.pact(pact).tasks.create(body),
  stepTask: (
    pact: string,
    id: string,
    step: "claim" | "release" | "complete",
    body: { readonly claim?: string; readonly result?: string }
  ) => client.pact(pact).tasks[step](id, body),

  /** Their content is left out. */
  skills: async (pact: string, query: PageQuery) => (await client.pact(pact).skills.list(query)) as Page<Entry>,
  skillContent: (pact: string, id: string) => client.pact(pact).skills.content(id),
  installed: (pact: string) => client.pact(pact).skills.installed(),
  installSkill: (pact: string, id: string) => client.pact(pact).skills.install(id, { confirm: true }),
  uninstallSkill: (pact: string, id: string, confirm: string) => client.pact(pact).skills.uninstall(id, { confirm }),

  messages: async (pact: string, query: PageQuery & { readonly thread?: string }): Promise<Page<Entry>> =>
    client.pact(pact).messages.list(query),
  send: (
    pact: string,
    body: { readonly content: string; readonly priority?: "low" | "normal" | "high"; readonly reply_to?: string }
  ) => client.pact(pact).messages.send(body)
} as const

/** The wire code of a failure, null for one that has none. */
export const codeOf = (error: unknown): string | null =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : null

/** The words of a failure, for people. */
export const messageOf = (error: unknown): string => {
  const code = codeOf(error)
  if (code === "CONNECTION_FAILED" || code === "TIMEOUT") return "The daemon doesn't answer. What you see may be old."
  return error instanceof Error ? error.message : String(error)
}
