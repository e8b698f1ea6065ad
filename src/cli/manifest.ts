import manifest from "../../package.json" with { type: "json" }

/** For the entry alone: whoever shares a module with it loads it, and it runs when it is loaded. */
export const version: string = manifest.version

/** The oldest Node that runs this: `22.19` for `>=22.19`. */
export const oldestNode: string = manifest.engines.node.slice(2)
