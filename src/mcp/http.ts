import { createMcpHandler, type McpHttpHandler } from "@modelcontextprotocol/server"
import { createClient } from "../sdk/promise/browser.ts"
import { makeServer } from "./server.ts"

export interface HttpOptions {
  readonly version: string
  readonly token: string
}

/** MCP over streamable HTTP. Whoever serves it has checked who asks. */
export const makeHttp = ({ token, version }: HttpOptions) => {
  let handler: McpHttpHandler | undefined
  /** @param port where the daemon listens, which the tools talk to as everybody does. */
  const handlerAt = (port: number) =>
    (handler ??= createMcpHandler(
      makeServer({
        version,
        client: (headers) =>
          createClient({ token, url: `http://127.0.0.1:${port}`, agent: headers?.get("openpact-agent") ?? undefined })
      })
    ))
  return {
    fetch: (request: Request, port: number): Promise<Response> => handlerAt(port).fetch(request),
    close: async (): Promise<void> => handler?.close()
  }
}
