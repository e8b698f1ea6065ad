import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import { stem } from "../../../src/projection/stem.ts"
import { randomFrom } from "../../kit/random.ts"

const endings = [
  "",
  "s",
  "es",
  "ed",
  "ing",
  "ly",
  "er",
  "ers",
  "ation",
  "ational",
  "izer",
  "ization",
  "iveness",
  "fulness",
  "ousli",
  "aliti",
  "iviti",
  "biliti",
  "icate",
  "ative",
  "alize",
  "ical",
  "ful",
  "ness",
  "ement",
  "ment",
  "ent",
  "ion",
  "ism",
  "ies",
  "eed",
  "y",
  "e",
  "ll"
]
const stems = [
  "deploy",
  "run",
  "agre",
  "hop",
  "fall",
  "fizz",
  "conflat",
  "troubl",
  "siz",
  "happ",
  "relat",
  "adjust",
  "contr",
  "sky",
  "tan",
  "be",
  "a"
]

it("is FTS5's own stemmer, word for word", () => {
  const random = randomFrom(1)
  const syllable = () =>
    `${random.pick(["", "b", "st", "l", "qu", "th", "y"])}${random.pick(["a", "e", "i", "o", "u", "y", "ea"])}${random.pick(["", "t", "l", "s", "z", "x", "w", "nd"])}`
  const made = Array.from(
    { length: 3000 },
    () => syllable() + (random.chance(0.6) ? syllable() : "") + random.pick(endings)
  )
  const words = [...new Set([...made, ...stems.flatMap((s) => endings.map((e) => s + e))])]
  const db = new DatabaseSync(":memory:")
  db.exec("create virtual table t using fts5(w, tokenize = 'porter unicode61 remove_diacritics 2')")
  db.exec("create virtual table v using fts5vocab(t, 'instance')")
  const insert = db.prepare("insert into t (rowid, w) values (?, ?)")
  for (const [i, word] of words.entries()) insert.run(i, word)
  const rows = db.prepare("select doc, term from v").all()
  expect(rows).toHaveLength(words.length)
  const wrong = rows.filter(({ doc, term }) => stem(words[Number(doc)]!) !== term)
  expect(wrong.map(({ doc, term }) => [words[Number(doc)], stem(words[Number(doc)]!), term])).toEqual([])
  db.close()
})
