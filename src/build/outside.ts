/**
 * What the command loads from node_modules: Holepunch's modules, by every path that the source names. A second copy of one in
 * the bundle would break the first.
 */
export const outside: ReadonlyArray<string> = [
  "autobase",
  "autobase/lib/apply-state.js",
  "autobase/lib/caps.js",
  "autobase/lib/writer.js",
  "corestore",
  "hyperbee",
  "hyperdht",
  "hyperswarm",
  "protomux",
  "hypercore",
  "hypercore/lib/core.js",
  "hypercore/lib/replicator.js",
  "hypercore-storage",
  "hypercore-storage/lib/keys.js"
]
