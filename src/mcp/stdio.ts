import { serveStdio } from "@modelcontextprotocol/server/stdio"
import { makeClient } from "../sdk/promise/client.ts"
import { wayHome } from "../sdk/promise/discover.ts"
import { makeServer } from "./server.ts"

export interface StdioOptions {
  readonly version: string
  /** The home of the daemon, which is looked for at every call: it may come later, and come back. */
  readonly home: string
  /** What the tools mean without a pact. */
  readonly pact: string
  /** Who of several agents behind this daemon it is. */
  readonly agent: string
  readonly onError: (error: Error) => void
}

/** Serves MCP on stdin and stdout until stdin ends. Aborted, it lets go of both. */
export const serveOnStdio = (
  { agent, home, onError, pact, version }: StdioOptions,
  signal: AbortSignal
): Promise<void> =>
  new Promise((resolve) => {
    const client = makeClient(wayHome(home), { agent, pact })
    const handle = serveStdio(makeServer({ version, client: () => client }), { onerror: onError })
    const end = () => {
      signal.removeEventListener("abort", end)
      void handle.close().finally(resolve)
    }
    process.stdin.once("end", end)
    signal.addEventListener("abort", end)
  })
