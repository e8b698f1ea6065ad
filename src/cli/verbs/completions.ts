import { Effect } from "effect"
import { Argument, Completions } from "effect/cli"
import { Cli } from "../cli.ts"
import { Program } from "../program.ts"
import { verb } from "../verb.ts"

const howTo = {
  bash: `Add to ~/.bashrc: eval "$(openpact completions bash)"`,
  zsh: `Add to ~/.zshrc, below compinit: eval "$(openpact completions zsh)"`,
  fish: "Run once: openpact completions fish > ~/.config/fish/completions/openpact.fish"
} as const

export const completions = () =>
  verb(
    "completions",
    {
      description: "Print the script that lets a shell complete commands and flags.",
      examples: [
        [`eval "$(openpact completions bash)"`, "In ~/.bashrc"],
        [`eval "$(openpact completions zsh)"`, "In ~/.zshrc, below compinit"],
        ["openpact completions fish > ~/.config/fish/completions/openpact.fish", "Once"]
      ]
    },
    { shell: Argument.Literals("shell", ["bash", "zsh", "fish"]).pipe(Argument.withDescription("Your shell.")) },
    Effect.fn("completions")(function* ({ shell }) {
      const { answer, say } = yield* Cli
      const tree = (yield* Program).whole()
      const script = Completions.generate("openpact", shell, Completions.fromCommand(tree))
        // The script says how to install it by a flag that this command doesn't have.
        .replaceAll("openpact --completions", "openpact completions")
      yield* answer({ shell, script }, () => script)
      if (process.stdout.isTTY) yield* say(howTo[shell])
    })
  )
