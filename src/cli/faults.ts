import { SchemaIssue } from "effect"

/** What a schema says of a request that can't be sent, in the words of the command line, a line for each field. */
export const faultsText = (issue: SchemaIssue.Issue): string =>
  format(issue)
    .issues.map(({ message, path = [] }) => `${nameOf(path)} ${wordsOf(message)}.`)
    .join("\n")

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const wordsOf = (message: string): string =>
  message === "Missing key"
    ? "is missing"
    : // Programs give milliseconds, and people `30d`.
      message.replace(/^Expected /, "has to be ").replace(/ \(\d+ to \d+ ms\)/, "")

/** The field of a request that an issue is about, as the verbs call it. */
const nameOf = (path: ReadonlyArray<unknown>): string => {
  const field = String(path.find((segment) => typeof segment === "string") ?? "")
  return names[field] ?? (field === "" ? "What was given" : `--${field.replaceAll("_", "-")}`)
}

/** Arguments, and fields that have another name than their flag. All others are called as their flag is. */
const names: Readonly<Record<string, string>> = {
  alias: "The alias",
  assigned_to: "--assign-to",
  content: "The text",
  id: "The id",
  key: "The key",
  nonce: "--revoke",
  pactId: "The alias",
  q: "What to look for",
  refs: "--ref",
  title: "The title",
  ttl_ms: "--ttl",
  version: "--skill-version"
}
