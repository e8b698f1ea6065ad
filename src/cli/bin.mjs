#!/usr/bin/env node
// What package.json names as the command. It is no part of the build, since npx links a command when it is first asked for it,
// and never looks again where the file wasn't there yet.
import { existsSync } from "node:fs"

const command = new URL("../../dist/openpact.mjs", import.meta.url)
if (existsSync(command)) {
  import(command.href)
} else {
  process.stderr.write("NOT_BUILT: OpenPact has not been built in this folder yet.\nTry: npm install && npm start\n")
  process.exitCode = 1
}
