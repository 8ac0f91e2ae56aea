// Keys, and how the page looks in this browser.

import { Dialog } from "../parts/dialog.js";
import { helpDialog } from "../parts/opened.js";
import { prefer, preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["?", "this help"],
  ["Esc", "leave what is open"],
  ["↑ ↓ PgUp PgDn", "in the log: lines and pages"],
  ["Home End", "in the log: its first and its newest line"],
  ["n p", "in the log: next and previous failure"],
  ["f", "in the log: find"],
  ["g", "in the log: go to a line"],
  ["c", "in the log: copy the selected lines"],
];

export function HelpDialog() {
  const open = useStore(helpDialog);
  return open ? (
    <Dialog title="Help and settings" onClose={() => helpDialog.set(false)}>
      <div className="stack">
        <Settings />
        <dl className="keys">
          {KEYS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className="muted">
          A screen on the wall: add <span className="mono">?wall=1</span> to the address of the wall.
        </p>
      </div>
    </Dialog>
  ) : null;
}

function Settings() {
  const { theme, utc, keys } = useStore(preferences);
  return (
    <>
      <label>
        Colours
        <select value={theme} onChange={({ target }) => prefer({ theme: target.value as typeof theme })}>
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
      <label className="check">
        <input type="checkbox" checked={utc} onChange={({ target }) => prefer({ utc: target.checked })} />
        Times in UTC
      </label>
      <label className="check">
        <input type="checkbox" checked={keys} onChange={({ target }) => prefer({ keys: target.checked })} />
        Single keys act
      </label>
    </>
  );
}
