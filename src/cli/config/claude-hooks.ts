import { applyEdits, modify } from "jsonc-parser/lib/esm/main.js"
import { isDeepStrictEqual } from "node:util"
import { EditError, formatOf, jsonIn, valueAt } from "./edit.ts"
import { hookEvents } from "./names.ts"

interface Group {
  readonly hooks?: ReadonlyArray<{ readonly command?: unknown }>
}

/** Puts our hooks into the settings of Claude Code, or takes them out with null. Those of others stay. */
export const editHooks = (text: string, commandOf: ((event: string) => string) | null): string =>
  hookEvents.reduce((edited, event) => {
    const before = valueAt(jsonIn(edited), ["hooks", event]) ?? []
    if (!Array.isArray(before)) throw new EditError(`hooks.${event} is no list.`)
    const others = before.flatMap((group: Group) => {
      if (!Array.isArray(group?.hooks)) return [group]
      const hooks = group.hooks.filter(({ command }) => !isOurs(command))
      return hooks.length === group.hooks.length ? [group] : hooks.length === 0 ? [] : [{ ...group, hooks }]
    })
    const own = { hooks: [{ type: "command", command: commandOf?.(event) ?? "", timeout: 5 }] }
    const after = commandOf === null ? others : [...others, own]
    if (isDeepStrictEqual(before, after)) return edited
    const value = after.length === 0 ? undefined : after
    return applyEdits(edited, modify(edited, ["hooks", event], value, { formattingOptions: formatOf(edited) }))
  }, text)

const isOurs = (command: unknown): boolean =>
  typeof command === "string" &&
  /openpact(?:\.mjs)?'? hook (?:SessionStart|UserPromptSubmit|PreToolUse)\b/.test(command)
