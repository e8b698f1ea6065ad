import { computed, signal } from "@preact/signals"

export const screens = ["overview", "knowledge", "tasks", "skills", "messages", "network", "pacts", "trace"] as const
export type Screen = (typeof screens)[number]

/** Where the page stands: `#/<pact>/<screen>/<id>?<query>`. `pact` is an alias, or `-` where there is none. */
export interface Place {
  readonly pact: string
  readonly screen: Screen
  readonly id: string | null
  readonly query: Readonly<Record<string, string>>
}

const read = (): Place => {
  const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?")
  const [pact = "", screen = "", id = ""] = path.split("/").map(decoded)
  return {
    pact: pact || "-",
    screen: screens.find((name) => name === screen) ?? "overview",
    id: id || null,
    query: Object.fromEntries(new URLSearchParams(search))
  }
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return ""
  }
}

export const place = signal<Place>(read())
addEventListener("hashchange", () => (place.value = read()))
export const screen = computed(() => place.value.screen)

export interface Target {
  readonly pact?: string
  readonly screen: Screen
  readonly id?: string | null
  readonly query?: Readonly<Record<string, string | undefined>>
}

/** The address of a place, in the pact that is looked at unless it names another. */
export const href = ({ id, pact = place.value.pact, query = {}, screen }: Target): string => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given)}`
  return `#/${encodeURIComponent(pact)}/${screen}${id ? `/${encodeURIComponent(id)}` : ""}${search}`
}

export const go = (target: Target): void => {
  location.hash = href(target)
}

/** The same without a step to go back to, for what changes while somebody types. */
export const goInPlace = (target: Target): void => {
  history.replaceState(null, "", href(target))
  place.value = read()
}
