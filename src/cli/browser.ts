import { Effect } from "effect"
import { spawn } from "node:child_process"

/** Opens a page in the browser of this user. False where there is none, or no screen to show it on. */
export const openBrowser = (url: string): Effect.Effect<boolean> => {
  const command = commandOf(process.platform)
  if (command === null) return Effect.succeed(false)
  return Effect.callback<boolean>((resume) => {
    const [program, ...args] = command
    const child = spawn(program, [...args, url], { detached: true, stdio: "ignore", windowsHide: true })
    child.once("error", () => resume(Effect.succeed(false)))
    child.once("exit", (code) => resume(Effect.succeed(code === 0)))
    child.unref()
  }).pipe(
    // Some only end with the browser they started.
    Effect.timeoutOrElse({ duration: "3 seconds", orElse: () => Effect.succeed(true) })
  )
}

const commandOf = (platform: NodeJS.Platform): readonly [string, ...ReadonlyArray<string>] | null => {
  if (platform === "darwin") return ["open"]
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"]
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : null
}
