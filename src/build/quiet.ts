/** Where time goes is told on slow machines only, and no news for who builds. */
export const checks = { bundlerTimings: false }
