import { signal } from "@preact/signals"

/** Why there is no session, for the page that says so. Null while there is one. */
export const signedOut = signal<string | null>(null)

/** The page's half of the session. Other ports of this host can't read it, unlike the cookie. */
const place = "openpact.session"

export const sessionKey = (): string => localStorage.getItem(place) ?? ""

/** Says that the daemon doesn't know this session any more. */
export const sessionOver = (reason: string): void => {
  localStorage.removeItem(place)
  signedOut.value = reason
}

/** Spends the code of a one-time link, if the page was opened with one. It leaves the address bar before it is used. */
export const enter = async (): Promise<void> => {
  const code = /^#session=([\w-]{20,100})$/.exec(location.hash)?.[1]
  if (code === undefined) {
    if (sessionKey() === "") signedOut.value = ""
    return
  }
  history.replaceState(null, "", "/")
  try {
    const response = await fetch("/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code })
    })
    const answer: { readonly key?: string; readonly message?: string } = await response.json()
    if (response.ok && answer.key !== undefined) localStorage.setItem(place, answer.key)
    else if (sessionKey() === "") signedOut.value = answer.message ?? ""
  } catch {
    if (sessionKey() === "") signedOut.value = "The daemon doesn't answer. Is it running?"
  }
}

/** Ends the session here and at the daemon, in every tab. */
export const leave = async (): Promise<void> => {
  const key = sessionKey()
  sessionOver("You are signed out.")
  await fetch("/session", { method: "DELETE", headers: { "openpact-session": key } }).catch(() => undefined)
}

// Another tab came or went.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== place) return
  if (newValue === null) signedOut.value = "You are signed out."
  else location.reload()
})
