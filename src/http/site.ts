import { existsSync, readdirSync, readFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { extname, join, sep } from "node:path"

/** The built files of the dashboard. */
export interface Site {
  /** Sends the file of a path, as it was when one was first asked for. False where there is none. */
  readonly send: (path: string, response: ServerResponse) => boolean
}

/**
 * What the page may do: run our own scripts and styles, show our own pictures and talk to its own origin. No text can
 * become code (Trusted Types), no other page may frame it, and nothing is fetched from anybody else.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join("; ")

const safety = [
  "content-security-policy",
  policy,
  "x-content-type-options",
  "nosniff",
  "referrer-policy",
  "no-referrer",
  "cross-origin-opener-policy",
  "same-origin",
  "cross-origin-resource-policy",
  "same-origin",
  "permissions-policy",
  "camera=(), geolocation=(), microphone=(), usb=()"
]

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml"
}

/**
 * Nothing is read before somebody asks, and then all of it, by its exact names: a page and its scripts are of one build, also
 * where OpenPact is built anew while the daemon runs.
 */
export const makeSite = (folder: string): Site => {
  let files: ReadonlyMap<string, Buffer> = new Map()
  const read = () => {
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []
    return new Map(
      names
        .filter((name) => extname(name) in types)
        .map((name) => [`/${name.split(sep).join("/")}`, readFileSync(join(folder, name))])
    )
  }
  return {
    send: (path, response) => {
      if (files.size === 0) files = read()
      const name = path === "/" ? "/index.html" : path
      const bytes = files.get(name)
      if (bytes === undefined) return false
      response.writeHead(200, [
        "content-type",
        types[extname(name)]!,
        "content-length",
        String(bytes.length),
        "cache-control",
        // Their names change with their content.
        name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        ...safety
      ])
      response.end(bytes)
      return true
    }
  }
}
