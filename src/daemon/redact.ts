const mark = "[redacted]"

/** `"`, `\"`, `\\"`: a quote in text that was made JSON any number of times. */
const quote = String.raw`\\*["']`
const secretKeys =
  "api_?token|token|encryption_?key|key_?pair|secret(?:_?key)?|password|nonce|invite_?token|session|share_url"

// No rule asks for the start of a word: in JSON a line break is `\n`, and the word after it begins with that n.
const rules: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  // Headers that have a list of values.
  [new RegExp(String.raw`(${quote})((?:set-)?cookie|authorization)\1\s*:\s*\[[^\]]*\]`, "gi"), `$1$2$1:$1${mark}$1`],
  // Headers in objects, in lists and in plain text: everything up to the end of the value.
  [
    new RegExp(
      String.raw`((?:proxy-)?authorization|(?:set-)?cookie)((?:${quote})?\s*[:=,]\s*(?:${quote})?)[^"'\\\r\n]+`,
      "gi"
    ),
    `$1$2${mark}`
  ],
  [/(bearer)(\s+)[\w.~+/=-]{8,}/gi, `$1$2${mark}`],
  // Fields that are secret by name, and the same in URLs.
  [new RegExp(String.raw`(${quote}(?:${secretKeys})${quote}\s*:\s*${quote})[^"'\\]+`, "gi"), `$1${mark}`],
  [/([?&#](?:invite|token|session|code|key|nonce)=)[^&#\s"'\\<>]+/gi, `$1${mark}`],
  // An invite token is base64url of a JSON object, which always starts like this.
  [/eyJ[\w-]{16,}(?:\.[\w-]+)*={0,2}/g, mark],
  // Keys, tokens, nonces and signatures. The first digits stay: they tell pacts and members apart and open nothing.
  [/([0-9a-f]{8})[0-9a-f]{40,}/gi, "$1..."],
  // The same as bytes, the way JSON shows a Buffer and a Uint8Array.
  [/\{(\\*")type\1:\1Buffer\1,\1data\1:\[[\d,\s]*\]\}/g, `$1${mark}$1`],
  [/\{(?:(\\*")\d+\1:\d{1,3},?){16,}\}/g, `$1${mark}$1`]
]

/** Takes out of a line whatever may be a secret: by its shape, so that nobody has to remember to register one. */
export const redact = (line: string): string =>
  rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line)
