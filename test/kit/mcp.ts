import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { bin } from "./build.ts"
import type { Command } from "./command.ts"

/** The two ways of the protocol: without a handshake, and with one. */
export const eras = { "2026-07-28": { pin: "2026-07-28" }, "2025-11-25": "legacy" } as const
export type Era = keyof typeof eras
/** Older revisions, which clients still speak. */
export const older = ["2025-06-18", "2025-03-26"] as const
type Revision = Era | (typeof older)[number]

const optionsOf = (revision: Revision) =>
  revision in eras
    ? { versionNegotiation: { mode: eras[revision as Era] } }
    : { versionNegotiation: { mode: "legacy" as const }, supportedProtocolVersions: [revision] }

/** What a tool answered: its fields, or the text of a refusal. */
export type Answered = Readonly<Record<string, unknown>> | string

/** The official client, connected. It is closed with the Scope. */
export const mcpClient = (revision: Revision, transport: () => Transport) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new Client({ name: "test", version: "1.0.0" }, optionsOf(revision))
      await client.connect(transport())
      const call = async (name: string, args: Record<string, unknown> = {}): Promise<Answered> => {
        const { content, isError, structuredContent } = await client.callTool({ name, arguments: args })
        const [first] = content
        const text = first?.type === "text" ? first.text : ""
        if (isError === true) return text
        if (text !== JSON.stringify(structuredContent)) throw new Error(`the text is not the same: ${text}`)
        return structuredContent as Record<string, unknown>
      }
      return { client, call }
    }),
    ({ client }) => Effect.promise(() => client.close())
  )
export type McpTester = Effect.Success<ReturnType<typeof mcpClient>>

/** Starts `openpact mcp`. */
export const stdioOf =
  (command: Command, args: ReadonlyArray<string> = []) =>
  () =>
    new StdioClientTransport({
      command: process.execPath,
      args: [bin(), "mcp", ...args],
      env: command.env,
      cwd: command.folder,
      stderr: "inherit"
    })

/** Asks a daemon at `/mcp`, as a client does that is given the token. */
export const httpOf = (home: string) => () => {
  const { apiToken, port } = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8"))
  return new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${apiToken}`, "openpact-agent": "over-http" } }
  })
}
