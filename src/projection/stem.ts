/**
 * Porter's stemmer for English, as FTS5's `porter` tokenizer has it: "deploys", "deployed" and "deploying" are one word.
 * FTS5 finds the hits. This one only marks them in a snippet and counts them for the rank. Takes a lower-case word.
 */
export const stem = (word: string): string => {
  if (word.length < 3 || word.length > 64) return word
  let w = plural(word)
  w = past(w)
  if (w.endsWith("y") && hasVowel(w.slice(0, -1))) w = `${w.slice(0, -1)}i`
  w = replaced(w, second, 0)
  w = replaced(w, third, 0)
  w = dropped(w)
  if (w.endsWith("e")) {
    const base = w.slice(0, -1)
    const m = measure(base)
    if (m > 1 || (m === 1 && !endsShort(base))) w = base
  }
  return w.endsWith("ll") && measure(w.slice(0, -1)) > 1 ? w.slice(0, -1) : w
}

const plural = (w: string): string => {
  if (!w.endsWith("s")) return w
  if ((w.endsWith("sses") && w.length > 4) || (w.endsWith("ies") && w.length > 3)) return w.slice(0, -2)
  return w.endsWith("ss") ? w : w.slice(0, -1)
}

const past = (w: string): string => {
  if (w.endsWith("eed")) return measure(w.slice(0, -3)) > 0 ? w.slice(0, -1) : w
  const cut = w.endsWith("ed") ? 2 : w.endsWith("ing") ? 3 : 0
  const base = w.slice(0, w.length - cut)
  if (cut === 0 || !hasVowel(base)) return w
  if (base.endsWith("at") || base.endsWith("bl") || base.endsWith("iz")) return `${base}e`
  const last = base.length - 1
  if (last > 0 && base[last] === base[last - 1] && !/[aeioulsz]$/.test(base)) return base.slice(0, -1)
  return measure(base) === 1 && endsShort(base) ? `${base}e` : base
}

const second: ReadonlyArray<readonly [string, string]> = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["logi", "log"],
  ["bli", "ble"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"]
]
const third: ReadonlyArray<readonly [string, string]> = [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""]
]
const fourth = /(?:al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|(?<=[st])ion|ou|ism|ate|iti|ous|ive|ize)$/

const replaced = (w: string, rules: ReadonlyArray<readonly [string, string]>, over: number): string => {
  for (const [ending, other] of rules) {
    if (w.endsWith(ending)) {
      const base = w.slice(0, -ending.length)
      return measure(base) > over ? base + other : w
    }
  }
  return w
}

const dropped = (w: string): string => {
  const found = fourth.exec(w)
  if (found === null) return w
  const base = w.slice(0, found.index)
  return measure(base) > 1 ? base : w
}

const isVowel = (w: string, at: number): boolean => {
  const letter = w.charAt(at)
  return "aeiou".includes(letter) || (letter === "y" && at > 0 && !isVowel(w, at - 1))
}

const hasVowel = (w: string): boolean => {
  for (let i = 0; i < w.length; i++) if (isVowel(w, i)) return true
  return false
}

/** How often a vowel is followed by a consonant. */
const measure = (w: string): number => {
  let m = 0
  let before = false
  for (let i = 0; i < w.length; i++) {
    const vowel = isVowel(w, i)
    if (before && !vowel) m++
    before = vowel
  }
  return m
}

/** Consonant, vowel, consonant that is no w, x or y: "hop", not "snow". */
const endsShort = (w: string): boolean => {
  const n = w.length
  return n > 2 && !isVowel(w, n - 1) && isVowel(w, n - 2) && !isVowel(w, n - 3) && !/[wxy]$/.test(w)
}
