const mark = "[redacted]"

/** What is a secret by its shape: bearer tokens, invite tokens, the nonces of invites. */
const secrets: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${mark}`],
  [/eyJ[\w-]{16,}/g, mark],
  [/(?<![0-9a-f])[0-9a-f]{48}(?![0-9a-f])/gi, mark]
]

/** Takes the token of the client, and what looks like a secret, out of a text. */
export const redact = (text: string, token: string | null): string =>
  secrets.reduce(
    (left, [pattern, replacement]) => left.replace(pattern, replacement),
    token === null || token === "" ? text : text.replaceAll(token, mark)
  )
