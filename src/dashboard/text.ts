/** Marks that turn the direction of text, hide it or steer a terminal. Joiners stay: emoji are made with them. */
const hidden = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}]/gu

/** Text of somebody else without what could make it look like other text. */
export const clean = (text: string): string => text.replace(hidden, "")

/** The same with the marks shown, for text that is read to be trusted: `[U+202E]`. */
export const reveal = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(hidden, (mark) => `[U+${mark.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`)

/** The beginning of a text that may be markdown, as one line without the signs that only markdown needs. */
export const plainLine = (text: string): string =>
  line(
    text
      .slice(0, 800)
      .replace(/^\s*(?:#{1,6}|>|```\w*)\s+/gm, "")
      .replace(/\*\*|`/g, "")
      .replace(/\*([^*\s][^*\n]*)\*/g, "$1")
  )

/** One line of it, at most so long. */
export const line = (text: string, most = 200): string => {
  const flat = clean(text.slice(0, most * 2))
    .replace(/\s+/g, " ")
    .trim()
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat
}

export const count = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`
export const number = (n: number): string => n.toLocaleString("en-US")

/** `3 s`, `5 min`, `2 h`, `4 d`. */
export const span = (ms: number): string => {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min`
  if (s < 86_400) return `${Math.floor(s / 3600)} h`
  return `${Math.floor(s / 86_400)} d`
}

/** A countdown: `04:59`, `1:04:59`, `2 d 3 h`. */
export const countdown = (ms: number): string => {
  const s = Math.max(0, Math.ceil(ms / 1000))
  if (s >= 86_400) return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`
  const two = (n: number) => String(n).padStart(2, "0")
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`
  return s >= 3600 ? `${Math.floor(s / 3600)}:${rest}` : rest
}

/** How long ago, in words. A clock that runs ahead is somebody else's problem: it is now. */
export const ago = (then: number, now: number): string => {
  const ms = now - then
  if (ms < 5000) return "Just now"
  return ms < 30 * 86_400_000 ? `${span(ms)} ago` : dayOf(then)
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" })
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" })
/** Times come from strangers: any whole number up to the end of what a Date can hold. */
const dayOf = (time: number): string => day.format(time)
export const momentOf = (time: number): string => moment.format(time)

/** `anon-maple-1a2b3c4d` as people say it: `maple-1a2b`. */
export const handleOf = (agentId: string): string => /^anon-([a-z]+-[0-9a-f]{4})/.exec(agentId)?.[1] ?? agentId

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
