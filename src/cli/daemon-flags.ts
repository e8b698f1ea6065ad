import { type SettingName, settingTable } from "../home/setting-table.ts"
import type { SettingSources } from "../home/settings.ts"
import { settingFlag } from "./flags.ts"

type Flags = NonNullable<SettingSources["flags"]>

/** What a daemon goes by and is no global flag. */
export const daemonFlags = () => ({
  host: settingFlag("host"),
  dashboardPort: settingFlag("dashboardPort"),
  noDashboard: settingFlag("noDashboard"),
  bootstrap: settingFlag("bootstrap"),
  durability: settingFlag("durability"),
  rateLimit: settingFlag("rateLimit"),
  paranoid: settingFlag("paranoid")
})

/** All that a daemon goes by: its own flags and the global ones. */
export const daemonSettings = [
  "port",
  "logLevel",
  "noColor",
  "host",
  "dashboardPort",
  "noDashboard",
  "bootstrap",
  "durability",
  "rateLimit",
  "paranoid"
] as const satisfies ReadonlyArray<SettingName>

/** Flags as they were typed, to start another process with. */
export const flagArgs = (flags: Flags): ReadonlyArray<string> =>
  Object.entries(flags).flatMap(([name, given]) => {
    const { flag, value } = settingTable[name as SettingName]
    if (flag === null || given === undefined || given === false) return []
    return value === null ? [`--${flag}`] : [`--${flag}=${given}`]
  })
