import { Effect } from "effect"
import { dashboardHandlers } from "./dashboard.ts"
import { entryHandlers } from "./entries.ts"
import { eventHandlers } from "./events.ts"
import { type About, hostHandlers, probeHandlers } from "./host.ts"
import { inviteHandlers } from "./invites.ts"
import { joinsHandlers } from "./joins.ts"
import { knowledgeHandlers } from "./knowledge.ts"
import { memberHandlers } from "./members.ts"
import { messageHandlers } from "./messages.ts"
import { pactHandlers } from "./pact.ts"
import { pactsHandlers } from "./pacts.ts"
import { searchHandlers } from "./search.ts"
import { skillHandlers } from "./skills.ts"
import { taskHandlers } from "./tasks.ts"

/** A handler for every endpoint of the contract. */
export const handlers = (about: About) =>
  Effect.all({
    probes: probeHandlers,
    host: hostHandlers(about),
    pacts: pactsHandlers,
    joins: joinsHandlers,
    pact: pactHandlers(about),
    invites: inviteHandlers,
    members: memberHandlers,
    knowledge: knowledgeHandlers,
    tasks: taskHandlers,
    skills: skillHandlers,
    messages: messageHandlers,
    entries: entryHandlers,
    search: searchHandlers,
    events: eventHandlers(about),
    dashboard: dashboardHandlers
  })
