// A button that changes something at a server: it asks first, and shows a refusal as it comes.

import { useState } from "react";
import type { ReactNode } from "react";
import { faultWords } from "../graph/errors.js";
import type { Once } from "../graph/use.js";
import { Dialog } from "./dialog.js";

interface ChangeProps {
  readonly word: string;
  readonly title: string;
  /** What will happen; a form's fields where something is to be said. */
  readonly children: ReactNode;
  /** Gives why it was refused, null when it was done. */
  readonly run: () => Promise<string | null>;
}

export function ChangeButton({ word, title, children, run }: ChangeProps) {
  const [open, setOpen] = useState(false);
  const [running, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = async () => {
    setRunning(true);
    const reason = await run();
    setRunning(false);
    setRefusal(reason);
    if (reason === null) setOpen(false);
  };
  const close = () => {
    setOpen(false);
    setRefusal(null);
  };
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {word}
      </button>
      {open && (
        <Dialog title={title} onClose={close}>
          <form
            method="dialog"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            {children}
            {refusal !== null && (
              <p role="alert" className="fail">
                {refusal}
              </p>
            )}
            <div className="row end">
              <button type="submit" className="primary" disabled={running}>
                {running ? "Asking…" : word}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}

/** Why a change was not made: the gateway's fault, else the server's reason, else that there is no such thing. */
export function refusalOf<T>({ data, faults }: Once<T>, reasonOf: (data: T) => string | null): string | null {
  const [fault] = faults;
  if (fault !== undefined) return faultWords(fault);
  return data === null ? "The gateway gave no answer." : reasonOf(data);
}
