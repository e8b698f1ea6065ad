import { effect, signal } from "@preact/signals"

export type Theme = "auto" | "light" | "dark"
const place = "openpact.theme"
const kept = localStorage.getItem(place)

/** Light, dark, or as the system has it. */
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "auto")

effect(() => {
  const chosen = theme.value
  localStorage.setItem(place, chosen)
  if (chosen === "auto") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = chosen
})
