import { expect, it } from "vitest"
import { skillMarkdown, toolsJson } from "../../../src/mcp/skill-package.ts"
import { wholeTree } from "../../../src/cli/tree.ts"

it("docs/skill is made from the tools", async () => {
  await expect(skillMarkdown()).toMatchFileSnapshot("../../../docs/skill/SKILL.md")
  await expect(toolsJson()).toMatchFileSnapshot("../../../docs/skill/tools.json")
})

it("the skill fits what loaders of skills take, and its commands are there", () => {
  const [, head] = skillMarkdown().split("---\n")
  const description = JSON.parse(/^description: (.*)$/m.exec(head!)![1]!)
  expect(description.length).toBeLessThanOrEqual(1024)
  const verbs = wholeTree().subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
  for (const [, verb] of skillMarkdown().matchAll(/^openpact ([a-z-]+)/gm)) expect(verbs).toContain(verb)
})
