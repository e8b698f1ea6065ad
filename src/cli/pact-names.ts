import { words } from "../domain/words.ts"

const bonds = ["Accord", "Circle", "Compact", "Concord", "Covenant", "Guild", "League", "Union"]

/** A name for a pact that nobody named: `Amber Accord`. */
export const pactName = (random: () => number = Math.random): string => {
  const pick = (list: ReadonlyArray<string>) => list[Math.floor(random() * list.length)]!
  const word = pick(words)
  return `${word.charAt(0).toUpperCase()}${word.slice(1)} ${pick(bonds)}`
}
