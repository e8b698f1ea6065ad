import { effect } from "@preact/signals"
import { render } from "preact"
import { follow } from "./events.ts"
import { listenToKeys } from "./keys.ts"
import { enter, signedOut } from "./session.ts"
import { Shell } from "./shell.tsx"
import { begin } from "./state.ts"

await enter()
render(<Shell />, document.getElementById("app")!)
let begun = false
effect(() => {
  if (signedOut.value !== null || begun) return
  begun = true
  void follow()
  begin()
  listenToKeys()
})
