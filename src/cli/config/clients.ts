import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Edit, editJson, editToml, type Path } from "./edit.ts"
import type { ClientName } from "./names.ts"

/** How an MCP client is told to start a server. */
export interface Launch {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** An MCP client, by where it keeps which servers it starts. */
export interface McpClient {
  /** What people call it. */
  readonly title: string
  readonly file: (at: Place) => string
  readonly edit: Edit
  readonly path: Path
  readonly entry: (launch: Launch) => unknown
}

export interface Place {
  /** The user's home folder. */
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

const name = "openpact"

/** The folder where programs keep their settings. */
const settingsIn = ({ env, home }: Place) => env["XDG_CONFIG_HOME"] || join(home, ".config")

const plain = ({ args, command }: Launch) => ({ command, args })

export const clients: Readonly<Record<ClientName, McpClient>> = {
  "claude-code": {
    title: "Claude Code",
    file: ({ env, home }) => join(env["CLAUDE_CONFIG_DIR"] || home, ".claude.json"),
    edit: editJson,
    path: ["mcpServers", name],
    entry: (launch) => ({ type: "stdio", ...plain(launch) })
  },
  "claude-desktop": {
    title: "Claude Desktop",
    file: (at) =>
      at.platform === "darwin"
        ? join(at.home, "Library/Application Support/Claude/claude_desktop_config.json")
        : at.platform === "win32"
          ? join(at.env["APPDATA"] ?? join(at.home, "AppData/Roaming"), "Claude/claude_desktop_config.json")
          : join(settingsIn(at), "Claude/claude_desktop_config.json"),
    edit: editJson,
    path: ["mcpServers", name],
    entry: plain
  },
  cursor: {
    title: "Cursor",
    file: ({ home }) => join(home, ".cursor/mcp.json"),
    edit: editJson,
    path: ["mcpServers", name],
    entry: plain
  },
  codex: {
    title: "Codex",
    file: ({ env, home }) => join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"),
    edit: editToml,
    path: ["mcp_servers", name],
    entry: plain
  },
  opencode: {
    title: "OpenCode",
    file: (at) => {
      const commented = join(settingsIn(at), "opencode/opencode.jsonc")
      return existsSync(commented) ? commented : join(settingsIn(at), "opencode/opencode.json")
    },
    edit: editJson,
    path: ["mcp", name],
    entry: ({ args, command }) => ({ type: "local", command: [command, ...args], enabled: true })
  },
  zed: {
    title: "Zed",
    file: (at) =>
      at.platform === "win32"
        ? join(at.env["APPDATA"] ?? join(at.home, "AppData/Roaming"), "Zed/settings.json")
        : join(settingsIn(at), "zed/settings.json"),
    edit: editJson,
    path: ["context_servers", name],
    entry: (launch) => ({ source: "custom", ...plain(launch) })
  }
}
