import { EntryType } from "../domain/entry.ts"
import { identOf, type Ident } from "./ident.ts"
import { type ListKind, listKind, pairName, topicName } from "./lists.ts"

/** The fields of a decided entry that the read model looks at. `apply` has checked their shape. */
export interface Envelope {
  readonly type: EntryType
  readonly timestamp: number
  readonly agent_id: string
  readonly display_name: string | null
  readonly payload: Readonly<Record<string, unknown>>
  readonly refs: ReadonlyArray<string>
}

export const envelopeOf = (json: string): Envelope => JSON.parse(json) as Envelope

/** How the type of an entry is stored. */
export const typeNumber = (type: EntryType): number => EntryType.literals.indexOf(type)

/** What is served of an entry, but for the end: `,"confirmed":true}`. */
export const bodyOf = (id: string, json: string): string => `{"id":"${id}",${json.slice(1, -1)}`

/** The canonical entry of a served body. */
export const jsonOf = (id: string, body: string): string => `{${body.slice(`{"id":"${id}",`.length)}}`

/** A served body as JSON again. */
export const closed = (body: string): string => `${body}}`

export const identOfEntry = (id: string): Ident => {
  const ident = identOf(id)
  if (ident === null) throw new Error(`${id} is no entry id`)
  return ident
}

/** Every list that an entry stands in. `root` is the position of the message that began its thread, null for all others. */
export const listsOf = (entry: Envelope, root: number | null): Array<readonly [ListKind, string]> => {
  const { agent_id: agent, payload, type } = entry
  const lists: Array<readonly [ListKind, string]> = [
    [listKind.author, agent],
    [listKind.type, type]
  ]
  if (type === "knowledge") {
    const topic = topicName(String(payload["topic"]))
    lists.push([listKind.topic, topic], [listKind.knowledgeAgent, agent], [listKind.topicAgent, pairName(agent, topic)])
  } else if (type === "message") {
    lists.push([listKind.messageAgent, agent])
    if (root !== null)
      lists.push([listKind.thread, String(root)], [listKind.threadAgent, pairName(agent, String(root))])
  } else if (type === "task" && payload["title"] === undefined) {
    lists.push([listKind.history, String(entry.refs[0])])
  } else if (type === "skill") {
    lists.push([listKind.skillFormat, String(payload["format"])])
  }
  return lists
}

/** A skill as lists show it: all but the content. */
export const briefOf = (id: string, entry: Envelope): string => {
  const { content: _, ...payload } = entry.payload
  return bodyOf(id, JSON.stringify({ ...entry, payload }))
}
