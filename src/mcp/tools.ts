import type { Tool } from "./tool.ts"
import { hostTools } from "./tools/hosts.ts"
import { memoryTools, skillTools } from "./tools/memory.ts"
import { taskTools } from "./tools/tasks.ts"

/** Every tool, for stdio, HTTP, and the skill package alike. */
export const tools: ReadonlyArray<Tool> = [...hostTools, ...memoryTools, ...taskTools, ...skillTools]

export const toolByName: ReadonlyMap<string, Tool> = new Map(tools.map((tool) => [tool.definition.name, tool]))
