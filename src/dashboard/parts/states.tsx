import type { ComponentChildren } from "preact"
import { messageOf } from "../api.ts"

/** Stands where a list will be. */
export const Loading = ({ rows = 4 }: { readonly rows?: number }) => (
  <div class="loading" role="status">
    <span class="unseen">Loading</span>
    {Array.from({ length: rows }, () => (
      <span class="bone" />
    ))}
  </div>
)

interface EmptyProps {
  readonly title: string
  readonly children?: ComponentChildren
}
export const Empty = ({ children, title }: EmptyProps) => (
  <div class="empty">
    <svg viewBox="0 0 48 32" aria-hidden="true">
      <circle cx="18" cy="16" r="11" />
      <circle cx="30" cy="16" r="11" />
    </svg>
    <p class="empty-title">{title}</p>
    {children ? <div class="empty-more">{children}</div> : null}
  </div>
)

interface FailedProps {
  readonly error: unknown
  readonly retry?: (() => void) | undefined
}
export const Failed = ({ error, retry }: FailedProps) => (
  <div class="failed" role="alert">
    <p>{messageOf(error)}</p>
    {retry ? (
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    ) : null}
  </div>
)

/** A command to type, in a box of its own. */
export const Command = ({ children }: { readonly children: string }) => <code class="command">{children}</code>
