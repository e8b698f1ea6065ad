/**
 * How node runs a daemon. It has plenty of short-lived garbage and little that stays, and node on a large machine would
 * let that grow to 300 MB before it looks: this keeps it below 200, at no measurable cost (docs/performance.md).
 */
export const nodeFlags: ReadonlyArray<string> = ["--max-semi-space-size=8", "--heap-growing-percent=30"]
