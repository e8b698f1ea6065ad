import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"

// Given to a process by `--import`: when it ends, it tells on stderr what it loaded, as one line of JSON.

const files: Array<string> = []
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith("file:")) files.push(fileURLToPath(url))
    return next(url, context)
  }
})
/** Node's own list. It has no type. */
const { moduleLoadList } = process as unknown as { readonly moduleLoadList: ReadonlyArray<string> }
process.on("exit", () => process.stderr.write(`${JSON.stringify({ files, builtin: moduleLoadList })}\n`))
