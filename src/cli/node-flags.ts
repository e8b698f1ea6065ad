/**
 * How node runs a daemon. It has plenty of short-lived garbage and little that stays, and node on a large machine would
 * let that grow to 300 MB before it looks: this keeps it below 200. Room for what is new costs less than room for what is
 * old: most of the garbage of a large commit is collected before it counts as old (docs/performance.md).
 */
export const nodeFlags: ReadonlyArray<string> = ["--max-semi-space-size=16", "--heap-growing-percent=20"]
