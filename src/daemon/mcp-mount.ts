import { Redacted } from "effect"
import type { Mount } from "../http/mount.ts"

export interface McpMountOptions {
  readonly version: string
  readonly token: Redacted.Redacted<string>
}

/** MCP at `/mcp`. It is loaded when somebody asks for it: most daemons are never asked, and start faster without. */
export const mcpMount = ({ token, version }: McpMountOptions): Mount => {
  let server: Promise<Pick<Mount, "fetch" | "close">> | undefined
  return {
    path: "/mcp",
    methods: ["GET", "POST", "DELETE"],
    fetch: async (request, api) => {
      server ??= import("../mcp/http.ts").then(({ makeHttp }) => makeHttp({ version, token: Redacted.value(token) }))
      return (await server).fetch(request, api)
    },
    close: async () => (await server)?.close()
  }
}
