import type { DaemonAddress } from "../home/discovery.ts"

/** Where a daemon is, and what opens it. */
export type Door = Pick<DaemonAddress, "port" | "token">

export const originOf = (port: number): string => `http://127.0.0.1:${port}`
