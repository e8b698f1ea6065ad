import { addMember } from "./verbs/add-member.ts"
import { agents } from "./verbs/agents.ts"
import { bootstrap } from "./verbs/bootstrap.ts"
import { completions } from "./verbs/completions.ts"
import { dashboard } from "./verbs/dashboard.ts"
import { hook } from "./verbs/hook.ts"
import { init } from "./verbs/init.ts"
import { install, uninstall } from "./verbs/install.ts"
import { invite } from "./verbs/invite.ts"
import { join } from "./verbs/join.ts"
import { knowledge } from "./verbs/knowledge.ts"
import { leave } from "./verbs/leave.ts"
import { list } from "./verbs/list.ts"
import { log } from "./verbs/log.ts"
import { mcp } from "./verbs/mcp.ts"
import { message } from "./verbs/message.ts"
import { messages } from "./verbs/messages.ts"
import { promote } from "./verbs/promote.ts"
import { record } from "./verbs/record.ts"
import { remove } from "./verbs/remove.ts"
import { removeMember } from "./verbs/remove-member.ts"
import { rename } from "./verbs/rename.ts"
import { restart } from "./verbs/restart.ts"
import { search } from "./verbs/search.ts"
import { show } from "./verbs/show.ts"
import { skill } from "./verbs/skill.ts"
import { start } from "./verbs/start.ts"
import { status } from "./verbs/status.ts"
import { stop } from "./verbs/stop.ts"
import { switchPact } from "./verbs/switch.ts"
import { task } from "./verbs/task.ts"
import { token } from "./verbs/token.ts"
import { up } from "./verbs/up.ts"

/** Every verb. Made when it is needed, since making all of them takes longer than most of them do. */
export const verbs = {
  up,
  init,
  join,
  start,
  stop,
  restart,
  status,
  list,
  switch: switchPact,
  rename,
  remove,
  invite,
  agents,
  "add-member": addMember,
  "remove-member": removeMember,
  promote,
  leave,
  record,
  knowledge,
  search,
  message,
  messages,
  log,
  show,
  task,
  skill,
  dashboard,
  mcp,
  install,
  uninstall,
  hook,
  token,
  bootstrap,
  completions
} as const

export type VerbName = keyof typeof verbs

/** As help shows them. */
export const verbGroups: ReadonlyArray<readonly [group: string, names: ReadonlyArray<VerbName>]> = [
  ["Begin", ["up", "init", "join"]],
  ["Daemon", ["start", "stop", "restart", "status"]],
  ["Pacts", ["list", "switch", "rename", "remove"]],
  ["Members", ["invite", "agents", "add-member", "remove-member", "promote", "leave"]],
  ["Entries", ["record", "knowledge", "search", "message", "messages", "log", "show"]],
  ["Work", ["task", "skill"]],
  ["Tools", ["dashboard", "mcp", "install", "uninstall", "hook", "token", "bootstrap", "completions"]]
]

export const verbNames: ReadonlyArray<VerbName> = verbGroups.flatMap(([, names]) => names)
