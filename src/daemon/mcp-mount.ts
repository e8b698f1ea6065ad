import { Predicate, Redacted } from "effect"
import { Internal } from "../domain/errors.ts"
import { envelopeOf } from "../http/envelope.ts"
import type { Mount } from "../http/mount.ts"

export interface McpMountOptions {
  readonly version: string
  readonly token: Redacted.Redacted<string>
  /** For tests: what loads the server. */
  readonly load?: () => Promise<Pick<typeof import("../mcp/http.ts"), "makeHttp">>
}

/** MCP at `/mcp`. It is loaded when somebody asks for it: most daemons are never asked, and start faster without. */
export const mcpMount = ({ load = () => import("../mcp/http.ts"), token, version }: McpMountOptions): Mount => {
  let server: Promise<Pick<Mount, "fetch" | "close">> | undefined
  const loaded = async () => {
    try {
      return await (server ??= load().then(({ makeHttp }) => makeHttp({ version, token: Redacted.value(token) })))
    } catch (error) {
      // Whoever asks next looks again.
      server = undefined
      if (Predicate.hasProperty(error, "code") && error.code === "ERR_MODULE_NOT_FOUND") return null
      throw error
    }
  }
  return {
    path: "/mcp",
    methods: ["GET", "POST", "DELETE"],
    fetch: async (request, api) => (await loaded())?.fetch(request, api) ?? gone(),
    close: async () => (await server)?.close()
  }
}

const gone = (): Response => {
  const error = new Internal({
    message:
      "OpenPact was built or installed anew while this daemon ran, so it can't load its MCP server. Start it anew: openpact restart"
  })
  return new Response(envelopeOf(error), { status: error.status, headers: { "content-type": "application/json" } })
}
