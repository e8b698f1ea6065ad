import { McpServer, ProtocolError, ProtocolErrorCode, type McpServerFactory } from "@modelcontextprotocol/server"
import type { Client } from "../sdk/promise/browser.ts"
import { instructions } from "./instructions.ts"
import { registerResources } from "./resources.ts"
import { skillsOf } from "./skills.ts"
import { toolByName, tools } from "./tools.ts"

export interface ServerOptions {
  readonly version: string
  /** The client that a request of these headers works with. They are none on stdio. */
  readonly client: (headers: Headers | undefined) => Client
}

/** Nobody is told when a list changes: tools never do, and what a pact holds is asked for. */
const capabilities = { tools: { listChanged: false }, resources: { listChanged: false } }

/** Makes a server for one connection on stdio, or one request over HTTP. Both have the same tools. */
export const makeServer =
  ({ client: clientOf, version }: ServerOptions): McpServerFactory =>
  ({ requestInfo }) => {
    const client = clientOf(requestInfo?.headers)
    const mcp = new McpServer({ name: "openpact", title: "OpenPact", version }, { capabilities, instructions })
    registerResources(mcp, client)
    skillsOf(client).attach(mcp)
    const { server } = mcp
    // Its helpers declared otherwise.
    server.registerCapabilities(capabilities)

    // Tools and resources stand below the helpers of the library: those answer bad arguments in words of their own.
    server.setRequestHandler("tools/list", () => ({ tools: tools.map(({ definition }) => definition) }))
    server.setRequestHandler("tools/call", async ({ params }, { mcpReq: { signal } }) => {
      const tool = toolByName.get(params.name)
      if (tool === undefined) {
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${params.name}.`)
      }
      return tool.call(params.arguments, { client, signal })
    })
    return mcp
  }
