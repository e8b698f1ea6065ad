import { type Random, randomFrom } from "../../kit/random.ts"

/** What a client posts to `/knowledge`. */
export type Body = {
  readonly topic: string
  readonly content: string
}

/** Words as texts have them: a few are everywhere, most are rare. */
const words = ((random: Random) => {
  const parts = [
    "ba",
    "con",
    "de",
    "fi",
    "gra",
    "hu",
    "in",
    "jo",
    "ka",
    "lem",
    "mo",
    "nu",
    "or",
    "pa",
    "qui",
    "ro",
    "sta",
    "tu",
    "ver",
    "wi"
  ]
  return Array.from({ length: 4000 }, () =>
    Array.from({ length: 2 + random.below(3) }, () => random.pick(parts)).join("")
  )
})(randomFrom(7))

const wordFrom = (random: Random): string =>
  words[Math.floor(words.length ** (random.below(1_000_000) / 1_000_000)) - 1]!

/** A text of about `length` units. */
const textOf = (random: Random, length: number): string => {
  let text = wordFrom(random)
  while (text.length < length) text += ` ${wordFrom(random)}`
  return text
}

/** Bodies whose entries have about 340 bytes of JSON. */
export const bodies = (count: number, seed: number): ReadonlyArray<Body> => {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => ({
    topic: `topic-${random.below(50)}`,
    content: textOf(random, 180)
  }))
}

/**
 * Fills a pact for the read figures. Whatever the size: `topic-rare` has 10 entries, every second entry stands in
 * `topic-often`, "zanzibar" stands in 10 entries, and "omnipresent" in every second.
 */
export const corpus = (count: number): ReadonlyArray<Body> => {
  const random = randomFrom(11)
  const every = Math.floor(count / 10)
  return Array.from({ length: count }, (_, i) => {
    const rare = i % every === every >> 1
    return {
      topic: rare ? "topic-rare" : i % 2 === 0 ? "topic-often" : `topic-${random.below(50)}`,
      content: textOf(random, 160) + (i % 2 === 1 ? " omnipresent" : "") + (i % every === every >> 2 ? " zanzibar" : "")
    }
  })
}
