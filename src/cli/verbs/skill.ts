import { Command } from "effect/cli"
import { skillAdd } from "./skill-add.ts"
import { skillInstall, skillUninstall } from "./skill-install.ts"
import { skillList, skillShow } from "./skill-list.ts"

export const skill = () =>
  Command.make("skill").pipe(
    Command.withDescription("Share skills, and install those that you approve."),
    Command.withExamples([
      { command: "openpact skill add SKILL.md --name deploy --skill-version 1.0.0", description: "Share one" },
      { command: "openpact skill list --installed", description: "What is installed here" }
    ]),
    Command.withSubcommands([skillAdd(), skillList(), skillShow(), skillInstall(), skillUninstall()])
  )
