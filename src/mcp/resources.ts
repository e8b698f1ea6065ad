import { type McpServer, ProtocolError, ResourceNotFoundError, ResourceTemplate } from "@modelcontextprotocol/server"
import { type Client, OpenPactError } from "../sdk/promise/browser.ts"
import { isAbsent } from "./absent.ts"
import { note, quoteEntry } from "./quote.ts"

const json = "application/json"

/** Serves what a pact knows by topic, and its skills. Those of the current pact are listed, any can be read. */
export const registerResources = (mcp: McpServer, client: Client): void => {
  const knowledge = new ResourceTemplate("openpact://{pact}/knowledge/{topic}", {
    list: async ({ mcpReq: { signal } }) => ({
      resources: await whereAny(async () =>
        (await client.pact().knowledge.topics({ limit: listed, signal })).map(({ entries, topic }) => ({
          uri: `openpact://${encodeURIComponent(client.pact().ref)}/knowledge/${encodeURIComponent(topic)}`,
          name: topic,
          description: entries === 1 ? "1 entry" : `${entries} entries`,
          mimeType: json
        }))
      )
    })
  })
  const about = { description: "What the pact knows of a topic, newest first.", mimeType: json }
  mcp.registerResource("knowledge", knowledge, about, (uri, { pact, topic }, { mcpReq: { signal } }) =>
    reading(uri, async () => {
      const filter = { topic: part(topic), limit: listed, signal }
      const { entries, has_more } = await client.pact(part(pact)).knowledge.list(filter)
      return entries.length === 0 ? null : { note, items: entries.map(quoteEntry), has_more }
    })
  )

  const skill = new ResourceTemplate("openpact://{pact}/skills/{id}", {
    list: async ({ mcpReq: { signal } }) => ({
      resources: await whereAny(async () =>
        (await client.pact().skills.list({ limit: listed, signal })).entries.map(({ id, payload }) => ({
          uri: `openpact://${encodeURIComponent(client.pact().ref)}/skills/${id}`,
          name: `${payload.name} ${payload.version}`,
          mimeType: json
        }))
      )
    })
  })
  const content = { description: "A skill that an agent shared.", mimeType: json }
  mcp.registerResource("skill", skill, content, (uri, { id, pact }, { mcpReq: { signal } }) =>
    reading(uri, async () => {
      const { content, ...rest } = await client.pact(part(pact)).skills.content(part(id), { signal })
      return { note, ...rest, quote: content }
    })
  )
}

/** How many a list has: it is read by a model. */
const listed = 100

/** Nothing, where there is nothing to list. */
const whereAny = async <A>(list: () => Promise<ReadonlyArray<A>>): Promise<Array<A>> => {
  try {
    return [...(await list())]
  } catch (error) {
    if (isAbsent(error)) return []
    throw protocolError(error)
  }
}

const reading = async (uri: URL, read: () => Promise<object | null>) => {
  try {
    const value = await read()
    if (value !== null) return { contents: [{ uri: uri.href, mimeType: json, text: JSON.stringify(value) }] }
  } catch (error) {
    if (!(error instanceof OpenPactError && error.code === "NOT_FOUND")) throw protocolError(error)
  }
  throw new ResourceNotFoundError(uri.href)
}

/** The code of the wire first, as tools say it. */
const protocolError = (error: unknown): unknown =>
  error instanceof OpenPactError ? new ProtocolError(internalError, `${error.code}: ${error.message}`) : error
const internalError = -32603

/** A part of an address, which stands there encoded. */
const part = (value: string | ReadonlyArray<string> | undefined): string => {
  const text = typeof value === "string" ? value : (value?.[0] ?? "")
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
