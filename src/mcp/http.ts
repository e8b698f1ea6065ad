import { createMcpHandler, type McpHttpHandler } from "@modelcontextprotocol/server"
import { createClient } from "../sdk/promise/browser.ts"
import { makeServer } from "./server.ts"

export interface HttpOptions {
  readonly version: string
  readonly token: string
}

/** The API that the tools talk to, as everybody does. */
interface Beside {
  readonly port: number
  /** Called before each request to it: the one that it is made for was counted. */
  readonly uncount: () => void
}

/** MCP over streamable HTTP. Whoever serves it has checked who asks. */
export const makeHttp = ({ token, version }: HttpOptions) => {
  let handler: McpHttpHandler | undefined
  const handlerAt = ({ port, uncount }: Beside) => {
    const fetch: typeof globalThis.fetch = (...args) => {
      uncount()
      return globalThis.fetch(...args)
    }
    return (handler ??= createMcpHandler(
      makeServer({
        version,
        client: (headers) =>
          createClient({
            token,
            url: `http://127.0.0.1:${port}`,
            agent: headers?.get("openpact-agent") ?? undefined,
            fetch
          })
      })
    ))
  }
  return {
    fetch: (request: Request, beside: Beside): Promise<Response> => handlerAt(beside).fetch(request),
    close: async (): Promise<void> => handler?.close()
  }
}
