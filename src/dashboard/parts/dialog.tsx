import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef, useState } from "preact/hooks"
import { messageOf } from "../api.ts"
import { clean } from "../text.ts"
import { Icon } from "./icon.tsx"

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog of the browser's own: it keeps the focus in, Escape closes it, and the focus goes back to where it was. */
export const Dialog = ({ children, onClose, title }: DialogProps) => {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current!
    const before = document.activeElement
    dialog.showModal()
    // Where nothing asks for the focus, the title gets it: it says what opened.
    if (dialog.querySelector("[autofocus]") === null) dialog.querySelector("h2")?.focus()
    return () => {
      dialog.close()
      // What it was on may have moved meanwhile, as a task does that was claimed.
      if (before instanceof HTMLElement && before.isConnected) before.focus()
      else document.getElementById("main")?.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <header class="dialog-head">
        <h2 id={id} tabIndex={-1}>
          <bdi>{title}</bdi>
        </h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  )
}

interface FormProps {
  /** What the button says. */
  readonly action: string
  readonly danger?: boolean
  readonly ready?: boolean
  readonly submit: () => Promise<unknown>
  readonly done?: () => void
  readonly cancel?: (() => void) | undefined
  readonly children: ComponentChildren
}

/** Fields and the button that sends them: once at a time, and with the daemon's own words where it refuses. */
export const Form = ({ action, cancel, children, danger = false, done, ready = true, submit }: FormProps) => {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: unknown }>({ busy: false, error: null })
  const here = useRef(true)
  useEffect(() => () => void (here.current = false), [])
  const send = async (event: Event) => {
    event.preventDefault()
    if (state.busy || !ready) return
    setState({ busy: true, error: null })
    try {
      await submit()
      if (here.current) setState({ busy: false, error: null })
      done?.()
    } catch (error) {
      if (here.current) setState({ busy: false, error })
    }
  }
  return (
    <form class="form" onSubmit={send}>
      {children}
      {state.error === null ? null : (
        <p class="form-error" role="alert">
          {messageOf(state.error)}
        </p>
      )}
      <div class="form-end">
        {cancel ? (
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        ) : null}
        <button type="submit" class={danger ? "button danger" : "button primary"} disabled={!ready || state.busy}>
          {state.busy ? "Working…" : action}
        </button>
      </div>
    </form>
  )
}

interface FieldProps {
  readonly label: ComponentChildren
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: ComponentChildren
  readonly max?: number
  readonly lines?: number
  readonly required?: boolean
  readonly autofocus?: boolean
}
export const Field = ({ autofocus, hint, label, lines = 1, max, onInput, required, value }: FieldProps) => {
  const id = useId()
  const shared = {
    id,
    value,
    required,
    autofocus,
    dir: "auto" as const,
    autocomplete: "off",
    spellcheck: lines > 1,
    "aria-describedby": hint ? `${id}-hint` : undefined,
    ...(max === undefined ? {} : { maxLength: max })
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines > 1 ? (
        <textarea {...shared} rows={lines} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <input {...shared} type="text" onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly action: string
  /** What has to be typed. */
  readonly word: string
  readonly danger?: boolean
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** For what can't be taken back: it is done only by somebody who typed what it is about. */
export const Confirm = ({ action, children, danger = false, onClose, run, title, word }: ConfirmProps) => {
  const [typed, setTyped] = useState("")
  return (
    <Dialog title={title} onClose={onClose}>
      <Form action={action} danger={danger} ready={typed.trim() === word} submit={run} done={onClose} cancel={onClose}>
        <div class="dialog-text">{children}</div>
        <Field
          label={
            <>
              Type <code>{clean(word)}</code> to confirm
            </>
          }
          value={typed}
          onInput={setTyped}
          autofocus
        />
      </Form>
    </Dialog>
  )
}
