// Apart from what stands behind the names, so that help comes without loading it.

/** The MCP clients whose settings can be changed. */
export const clientNames = ["claude-code", "claude-desktop", "cursor", "codex", "opencode", "zed"] as const
export type ClientName = (typeof clientNames)[number]

/** The moments of a Claude Code session at which the pact is heard. */
export const hookEvents = ["SessionStart", "UserPromptSubmit", "PreToolUse"] as const
export type HookEvent = (typeof hookEvents)[number]
