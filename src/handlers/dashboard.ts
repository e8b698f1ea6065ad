import { Effect } from "effect"
import { dashboard } from "../contract/dashboard.ts"
import { Dashboard } from "../http/Dashboard.ts"
import { handle } from "../http/handlers.ts"

export const dashboardHandlers = Effect.map(Dashboard, ({ link }) => handle(dashboard, { link: () => link }))
