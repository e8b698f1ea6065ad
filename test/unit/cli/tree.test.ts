import { Effect } from "effect"
import { expect, it } from "vitest"
import { treeFor, wholeTree } from "../../../src/cli/tree.ts"
import { verbNames } from "../../../src/cli/verbs.ts"
import { helpOf } from "../../kit/cli-reference.ts"

const namesFor = (args: ReadonlyArray<string>) =>
  treeFor(args).subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))

it.each([
  [["status"]],
  [["--json", "status", "--help"]],
  [["--home", "list", "--pact=record", "status", "log"]],
  [["--no-color", "--port", "0", "status"]]
])("%j needs one verb", (args) => {
  expect(namesFor(args)).toEqual(["status"])
})

it.each([
  [[]],
  [["--help"]],
  [["--home", "status"]],
  [["--home", "status", "--help"]],
  [["stauts", "status"]],
  [["-x"]]
])("%j needs all of them", (args) => {
  expect(namesFor(args)).toEqual(verbNames)
})

it("knows which global flags take a value", async () => {
  const { flags } = await Effect.runPromise(helpOf([]))
  expect(flags.length).toBeGreaterThan(5)
  for (const { name, type } of flags) {
    expect(namesFor([`--${name}`, "list", "status"]), name).toEqual([type === "boolean" ? "list" : "status"])
  }
})

it("every verb stands in a group, under its own name", () => {
  expect(wholeTree().subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))).toEqual(verbNames)
})
