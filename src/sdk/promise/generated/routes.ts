// Made from src/contract by a test. Don't edit it by hand: npx vitest run test/unit -u

import type { Route } from "../route.ts"

export const routes: ReadonlyArray<Route> = [
  { place: ["probes", "ping"], method: "GET", path: "/v1/ping", open: true },
  { place: ["probes", "healthz"], method: "GET", path: "/v1/healthz", open: true },
  { place: ["probes", "readyz"], method: "GET", path: "/v1/readyz", open: true },
  { place: ["host", "status"], method: "GET", path: "/v1/status" },
  { place: ["host", "metrics"], method: "GET", path: "/v1/metrics", kind: "text" },
  { place: ["host", "openapi"], method: "GET", path: "/v1/openapi.json" },
  { place: ["pacts", "list"], method: "GET", path: "/v1/pacts" },
  { place: ["pacts", "create"], method: "POST", path: "/v1/pacts", body: "must", keyed: true },
  { place: ["pacts", "switch"], method: "POST", path: "/v1/pacts/switch", body: "must", keyed: true },
  { place: ["alias"], method: "PUT", path: "/v1/pacts/:pactId/alias", body: "must" },
  { place: ["remove"], method: "DELETE", path: "/v1/pacts/:pactId", body: "must" },
  { place: ["joins", "join"], method: "POST", path: "/v1/pacts/join", body: "must", keyed: true },
  { place: ["joins", "redeem"], method: "POST", path: "/v1/pacts/:pactId/invites/redeem", body: "must", keyed: true },
  { place: ["status"], method: "GET", path: "/v1/pacts/:pactId/status" },
  {
    place: ["agents"],
    method: "GET",
    path: "/v1/pacts/:pactId/agents",
    kind: "rows",
    by: "remote_key",
    query: ["online", "after", "limit"]
  },
  { place: ["info"], method: "PUT", path: "/v1/pacts/:pactId/info", query: ["wait", "timeout_ms"], body: "must" },
  { place: ["me"], method: "PUT", path: "/v1/pacts/:pactId/me", query: ["wait", "timeout_ms"], body: "must" },
  {
    place: ["invites", "list"],
    method: "GET",
    path: "/v1/pacts/:pactId/invites",
    kind: "list",
    query: ["order", "limit", "cursor"]
  },
  {
    place: ["invites", "mint"],
    method: "POST",
    path: "/v1/pacts/:pactId/invites",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  {
    place: ["invites", "revoke"],
    method: "DELETE",
    path: "/v1/pacts/:pactId/invites/:nonce",
    query: ["wait", "timeout_ms"],
    body: "must"
  },
  {
    place: ["members", "add"],
    method: "POST",
    path: "/v1/pacts/:pactId/admin/members",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  {
    place: ["members", "drop"],
    method: "DELETE",
    path: "/v1/pacts/:pactId/admin/members/:key",
    query: ["wait", "timeout_ms"]
  },
  {
    place: ["members", "promote"],
    method: "POST",
    path: "/v1/pacts/:pactId/admin/promote",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  {
    place: ["members", "remove"],
    method: "POST",
    path: "/v1/pacts/:pactId/admin/remove",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  {
    place: ["knowledge", "list"],
    method: "GET",
    path: "/v1/pacts/:pactId/knowledge",
    kind: "list",
    query: ["order", "limit", "cursor", "topic", "agent_id", "since"]
  },
  {
    place: ["knowledge", "record"],
    method: "POST",
    path: "/v1/pacts/:pactId/knowledge",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  {
    place: ["knowledge", "topics"],
    method: "GET",
    path: "/v1/pacts/:pactId/topics",
    kind: "rows",
    by: "topic",
    query: ["after", "limit"]
  },
  {
    place: ["tasks", "list"],
    method: "GET",
    path: "/v1/pacts/:pactId/tasks",
    kind: "list",
    query: ["order", "limit", "cursor", "status", "assigned_to", "claimed_by"]
  },
  {
    place: ["tasks", "create"],
    method: "POST",
    path: "/v1/pacts/:pactId/tasks",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  { place: ["tasks", "task"], method: "GET", path: "/v1/pacts/:pactId/tasks/:id" },
  {
    place: ["tasks", "claim"],
    method: "PUT",
    path: "/v1/pacts/:pactId/tasks/:id/claim",
    query: ["wait", "timeout_ms"],
    headers: { agent: "openpact-agent" },
    body: "may"
  },
  {
    place: ["tasks", "renew"],
    method: "PUT",
    path: "/v1/pacts/:pactId/tasks/:id/renew",
    query: ["wait", "timeout_ms"],
    headers: { agent: "openpact-agent" },
    body: "may"
  },
  {
    place: ["tasks", "release"],
    method: "PUT",
    path: "/v1/pacts/:pactId/tasks/:id/release",
    query: ["wait", "timeout_ms"],
    headers: { agent: "openpact-agent" },
    body: "may"
  },
  {
    place: ["tasks", "complete"],
    method: "PUT",
    path: "/v1/pacts/:pactId/tasks/:id/complete",
    query: ["wait", "timeout_ms"],
    headers: { agent: "openpact-agent" },
    body: "may"
  },
  {
    place: ["skills", "list"],
    method: "GET",
    path: "/v1/pacts/:pactId/skills",
    kind: "list",
    query: ["order", "limit", "cursor", "format"]
  },
  {
    place: ["skills", "post"],
    method: "POST",
    path: "/v1/pacts/:pactId/skills",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  { place: ["skills", "installed"], method: "GET", path: "/v1/pacts/:pactId/skills/installed" },
  { place: ["skills", "content"], method: "GET", path: "/v1/pacts/:pactId/skills/:id/content" },
  {
    place: ["skills", "install"],
    method: "POST",
    path: "/v1/pacts/:pactId/skills/:id/install",
    body: "must",
    keyed: true
  },
  { place: ["skills", "uninstall"], method: "DELETE", path: "/v1/pacts/:pactId/skills/:id/install", body: "must" },
  {
    place: ["messages", "list"],
    method: "GET",
    path: "/v1/pacts/:pactId/messages",
    kind: "list",
    query: ["order", "limit", "cursor", "since", "agent_id", "thread"]
  },
  {
    place: ["messages", "send"],
    method: "POST",
    path: "/v1/pacts/:pactId/messages",
    query: ["wait", "timeout_ms"],
    body: "must",
    keyed: true
  },
  { place: ["entries", "entry"], method: "GET", path: "/v1/pacts/:pactId/entries/:id" },
  {
    place: ["entries", "referencedBy"],
    method: "GET",
    path: "/v1/pacts/:pactId/entries/:id/referenced-by",
    kind: "list",
    query: ["order", "limit", "cursor"]
  },
  {
    place: ["entries", "log"],
    method: "GET",
    path: "/v1/pacts/:pactId/log",
    kind: "list",
    query: ["order", "limit", "cursor", "type", "since"]
  },
  {
    place: ["entries", "changes"],
    method: "GET",
    path: "/v1/pacts/:pactId/changes",
    kind: "changes",
    query: ["since", "wait", "limit", "from", "confirmed", "type"]
  },
  { place: ["search"], method: "GET", path: "/v1/pacts/:pactId/search", query: ["q", "type", "topic", "limit"] },
  { place: ["search"], method: "GET", path: "/v1/search", query: ["q", "type", "topic", "limit"] },
  {
    place: ["events", "stream"],
    method: "GET",
    path: "/v1/events",
    kind: "events",
    query: ["pact", "types"],
    headers: { lastEventId: "last-event-id" }
  },
  { place: ["dashboard", "link"], method: "POST", path: "/v1/dashboard/links", keyed: true }
]
