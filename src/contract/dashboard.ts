import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { NotReady } from "../domain/errors.ts"
import { Timestamp } from "../domain/payloads.ts"
import { guarded, keyed } from "./errors.ts"
import { Bearer } from "./security.ts"

/** `url` opens the dashboard in a browser: once, and before `expires_at`. */
export const DashboardLink = Schema.Struct({ url: Schema.String, expires_at: Timestamp }).annotate({
  identifier: "DashboardLink"
})

/** Where links to the dashboard are made. A page of the dashboard can't make one for itself. */
export const linkPath = "/v1/dashboard/links"

export const dashboard = HttpApiGroup.make("dashboard")
  .add(
    HttpApiEndpoint.post("link", linkPath, {
      success: DashboardLink,
      error: [...guarded, NotReady, ...keyed]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Makes a link that opens the dashboard once.",
        description: "`NOT_READY` where the daemon runs without a dashboard."
      })
    )
  )
  .middleware(Bearer)
  .annotateMerge(OpenApi.annotations({ title: "Dashboard" }))
