import type { JSX } from "preact"
import { useEffect, useState } from "preact/hooks"
import { link } from "./events.ts"
import { helpShown } from "./keys.ts"
import { Help } from "./parts/help.tsx"
import { Icon } from "./parts/icon.tsx"
import { waitOf } from "./parts/join.tsx"
import { Command, Empty, Failed } from "./parts/states.tsx"
import { href, place, type Screen } from "./route.ts"
import { Knowledge } from "./screens/knowledge.tsx"
import { Messages } from "./screens/messages.tsx"
import { Network } from "./screens/network.tsx"
import { Overview } from "./screens/overview.tsx"
import { Pacts } from "./screens/pacts.tsx"
import { Skills } from "./screens/skills.tsx"
import { Tasks } from "./screens/tasks.tsx"
import { Trace } from "./screens/trace.tsx"
import { leave, signedOut } from "./session.ts"
import { current, host, pact, pactError, pacts } from "./state.ts"
import { capital, line } from "./text.ts"
import { theme } from "./theme.ts"

const pages: Readonly<Record<Screen, () => JSX.Element>> = {
  overview: Overview,
  knowledge: Knowledge,
  tasks: Tasks,
  skills: Skills,
  messages: Messages,
  network: Network,
  pacts: Pacts,
  trace: Trace
}

/** The whole page. */
export const Shell = () => (signedOut.value === null ? <Inside /> : <Outside reason={signedOut.value} />)

const Inside = () => {
  const { screen } = place.value
  const Page = pages[screen]
  const wait = current.value === null ? null : waitOf(current.value)
  const name = current.value?.pact_name ?? current.value?.alias
  useEffect(() => {
    document.title = [capital(screen), name && line(name, 40), "OpenPact"].filter(Boolean).join(" · ")
  }, [screen, name])
  useEffect(() => {
    document.getElementById("main")!.scrollTop = 0
    // In a narrow window the screens stand in one row that scrolls.
    document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" })
  }, [screen])
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <p class="brand">
          <svg viewBox="0 0 32 20" aria-hidden="true">
            <circle cx="11" cy="10" r="8" />
            <circle cx="21" cy="10" r="8" />
          </svg>
          OpenPact
        </p>
        <PactChoice />
        <Nav />
        <Foot />
      </header>
      <main id="main" tabIndex={-1}>
        <h1 class="unseen">{capital(screen)}</h1>
        <Connection />
        {screen !== "pacts" && pact.value !== null && !pact.value.is_member && wait === null ? <Removed /> : null}
        {screen !== "pacts" && pact.value?.removal_told_by !== undefined ? (
          <Told by={pact.value.removal_told_by} />
        ) : null}
        {screen === "network" && host.value?.network === "none" ? <NoNetwork /> : null}
        {screen === "pacts" ? (
          <Page />
        ) : wait !== null ? (
          <OnTheWay wait={wait} />
        ) : pactError.value !== null ? (
          <Failed error={pactError.value} />
        ) : (
          <Page />
        )}
      </main>
      <Help />
    </div>
  )
}

/** Stands where a pact will be that can't be used yet. */
const OnTheWay = ({ wait }: { readonly wait: string }) => (
  <Empty title="The pact isn't there yet">
    <p role="status">{wait}</p>
    <a href={href({ screen: "pacts" })}>See how it goes</a>
  </Empty>
)

/** The address is the route, so a link to a part of the page can't be one. */
const skip = (event: Event) => {
  event.preventDefault()
  document.getElementById("main")?.focus()
}

const Nav = () => (
  <nav aria-label="Screens">
    <ul class="nav">
      {(Object.keys(pages) as ReadonlyArray<Screen>).map((screen) => (
        <li key={screen}>
          <a href={href({ screen })} aria-current={place.value.screen === screen ? "page" : undefined}>
            <Icon name={screen} />
            <span>{capital(screen)}</span>
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

/** The pact that is looked at. Which one the daemon takes for its current one is a matter of the pacts screen. */
const PactChoice = () => {
  const list = pacts.value ?? []
  if (list.length === 0) return null
  return (
    <label class="pact-choice">
      <span class="unseen">Pact</span>
      <select
        value={place.value.pact}
        onChange={(event) => (location.hash = href({ pact: event.currentTarget.value, screen: place.value.screen }))}
      >
        {list.map(({ alias, pact_name }) => (
          <option key={alias} value={alias}>
            {line(pact_name ?? alias, 60)}
          </option>
        ))}
      </select>
      <Icon name="more" />
    </label>
  )
}

const themes = {
  auto: ["auto", "Theme: as the system"],
  light: ["sun", "Theme: light"],
  dark: ["moon", "Theme: dark"]
} as const

const Foot = () => {
  const [icon, label] = themes[theme.value]
  const next = { auto: "light", light: "dark", dark: "auto" } as const
  return (
    <div class="foot">
      <LinkState />
      <button
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        onClick={() => (theme.value = next[theme.value])}
      >
        <Icon name={icon} />
      </button>
      <button
        type="button"
        class="icon-button wide-only"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => (helpShown.value = true)}
      >
        <span aria-hidden="true">?</span>
      </button>
      <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => void leave()}>
        <Icon name="exit" />
      </button>
    </div>
  )
}

const LinkState = () => {
  const state = link.value
  const words = { opening: "Connecting", live: "Live", away: "Offline" }[state]
  return (
    <p class={`link ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words}
    </p>
  )
}

/** Says that what is shown may be old. */
const Connection = () => {
  const state = link.value
  const [shown, setShown] = useState(false)
  // A link that comes back at once is no news.
  useEffect(() => {
    if (state !== "away") return setShown(false)
    const timer = setTimeout(() => setShown(true), 800)
    return () => clearTimeout(timer)
  }, [state])
  return shown ? (
    <p class="banner" role="alert">
      <span>
        <strong>The daemon doesn't answer.</strong> What you see may be old. It is tried again every two seconds.
      </span>
    </p>
  ) : null
}

const Removed = () => (
  <p class="banner" role="status">
    <span>
      <strong>This machine is no member of the pact any more.</strong> You see what it got before. It gets nothing new
      and can write nothing. Ask the creator for an invite to come back.
    </span>
  </p>
)

const Told = ({ by }: { readonly by: number }) => (
  <p class="banner" role="status">
    <span>
      <strong>{by === 1 ? "A member says" : `${by} members say`} that this machine was removed from the pact.</strong>{" "}
      What is written here may reach nobody. Ask the creator whether it is so.
    </span>
  </p>
)

const NoNetwork = () => (
  <p class="banner" role="status">
    <span>
      <strong>This daemon runs without a network.</strong> It meets nobody, and nobody can join. Start it anew with one:{" "}
      <code>openpact restart --help</code> says how.
    </span>
  </p>
)

const Outside = ({ reason }: { readonly reason: string }) => (
  <main class="outside">
    <Empty title="Open the dashboard from a terminal">
      {reason === "" ? null : <p>{reason}</p>}
      <p>It prints a link that works once and opens this page for you alone:</p>
      <Command>openpact dashboard</Command>
    </Empty>
  </main>
)
