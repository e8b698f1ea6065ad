import { helpShown, screenKeys } from "../keys.ts"
import { capital } from "../text.ts"
import { Dialog } from "./dialog.tsx"

const others: ReadonlyArray<readonly [keys: ReadonlyArray<string>, what: string]> = [
  [["/"], "Search knowledge"],
  [["↑", "↓"], "Go through a list"],
  [["Enter"], "Open what has the focus"],
  [["Esc"], "Close what is open"],
  [["Ctrl", "Enter"], "Send a message"],
  [["?"], "This list"]
]

/** Every key that does something. */
export const Help = () =>
  helpShown.value ? (
    <Dialog title="Keys" onClose={() => (helpShown.value = false)}>
      <dl class="keys">
        {screenKeys.map(([key, screen]) => (
          <Row key={key} keys={["g", key]} what={capital(screen)} />
        ))}
        {others.map(([keys, what]) => (
          <Row key={what} keys={keys} what={what} />
        ))}
      </dl>
    </Dialog>
  ) : null

const Row = ({ keys, what }: { readonly keys: ReadonlyArray<string>; readonly what: string }) => (
  <div>
    <dt>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dt>
    <dd>{what}</dd>
  </div>
)
