import type { Fetch } from "../sdk/promise/transport.ts"

/**
 * `fetch` for a process that asks a few things and ends: the global one takes 50 ms to load, and an import of `node:http`
 * 25 ms. It can what the client needs for anything but streams.
 */
export const plainFetch: Fetch = (url, { body, headers, method, signal }) =>
  new Promise((resolve, reject) => {
    const { request } = process.getBuiltinModule("node:http")
    const fail = (cause: Error) => reject(signal.aborted ? signal.reason : new TypeError("fetch failed", { cause }))
    const sent = request(url, { method, headers, signal }, (answer) => {
      const status = answer.statusCode ?? 0
      let text = ""
      answer
        .setEncoding("utf8")
        .on("data", (part: string) => (text += part))
        .on("error", fail)
        .on("end", () =>
          resolve({
            ok: status >= 200 && status < 300,
            status,
            headers: { get: (name) => [answer.headers[name] ?? []].flat().join(", ") || null },
            text: async () => text,
            body: null
          })
        )
    })
    sent.on("error", fail).end(body)
  })
