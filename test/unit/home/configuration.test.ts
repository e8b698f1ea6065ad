import { expect, it } from "vitest"
import { logLevels, type Setting, settingTable } from "../../../src/home/setting-table.ts"

const code = (text: string) => `\`${text}\``
const rows = Object.entries<Setting<unknown>>(settingTable).map(
  ([name, { about, default: value, env, expected, file, flag, value: slot }]) => {
    const option = flag === null ? "argument" : code(["--" + flag, slot].filter(Boolean).join(" "))
    const usual = value === undefined ? "" : code(String(value))
    const takes = expected.split(":")[0] === "127.0.0.1" ? code("127.0.0.1") : expected
    return `| ${[option, code(env), file ? code(name) : "", usual, takes, about].join(" | ")} |`
  }
)

it("docs/configuration.md is made of the table", async () => {
  expect(logLevels).toContain(settingTable.logLevel.default)
  await expect(`# Configuration

For users. This page is made from the code: \`src/home/setting-table.ts\`.

OpenPact works without any of this. A setting is taken from the first of these places that has it:

1. the flag on the command line
2. the environment variable
3. \`settings\` in \`daemon.json\`, where the table names a key
4. the default

A value that can't be taken stops the command and is named with its place and what is expected there. An empty variable
counts as not given. Durations are a number and \`ms\`, \`s\`, \`m\`, \`h\`, \`d\` or \`w\`.

| flag | variable | key | default | takes | what it is |
|---|---|---|---|---|---|
${rows.join("\n")}

## daemon.json

The daemon writes \`daemon.json\` in the home, and only the daemon does. To keep a setting there, stop the daemon, edit
the file and start it again:

\`\`\`json
{
  "settings": { "port": 7700, "bootstrap": ["10.0.0.5:49737"], "logLevel": "debug" }
}
\`\`\`

Leave the other fields as they are. A file that can't be read is kept as \`daemon.json.corrupt-<time>\` and made anew:
no pact is lost, but the API token is a new one and aliases are those of the folders below \`pacts/\`.

## The home

| path | what it is |
|---|---|
| \`daemon.json\` | the pacts of this home, the API token, and where the daemon listens while it runs |
| \`lock\` | held by the daemon that runs |
| \`logs/daemon.log\` | JSON lines. Older ones are \`daemon.log.1\` to \`daemon.log.5\` |
| \`pacts/<folder>/config.json\` | one pact: its id, its key, your role and name in it |
| \`pacts/<folder>/data/\` | the entries, and the key that signs yours. Never copy it to a second machine |
| \`pacts/<folder>/index.db\` | made from the entries. May be deleted while the daemon is stopped |

Everything is readable by you alone. The folder of a pact keeps its first name when the alias changes.
`).toMatchFileSnapshot("../../../docs/configuration.md")
})
