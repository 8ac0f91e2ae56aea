// The log's tools: find, errors only, folds, wrap, raw.

import { useEffect, useState } from "react";
import { grouped } from "../format.js";
import { Icon } from "../parts/symbols.js";
import type { Found } from "./finder.js";
import type { ViewerChoices } from "./choices.js";

interface BarProps {
  readonly choices: ViewerChoices;
  readonly hasLevels: boolean;
  readonly hasFolds: boolean;
  readonly rawUrl: string | null;
  readonly found: Found;
  readonly onNext: () => void;
  readonly onPrevious: () => void;
  readonly onGoTo: (line: number) => void;
}

const TYPING_MS = 400;

export function LogBar(props: BarProps) {
  const { choices, hasLevels, hasFolds, rawUrl } = props;
  const { errorsOnly, fold, wrap, change } = choices;
  return (
    <div className="logbar">
      <h2 id="h-log">Log</h2>
      <FindBox {...props} />
      <GoTo onGoTo={props.onGoTo} />
      {hasLevels && (
        <button type="button" aria-pressed={errorsOnly} onClick={() => change({ level: errorsOnly ? null : "error" })}>
          Errors only
        </button>
      )}
      {hasFolds && (
        <button type="button" aria-pressed={fold} onClick={() => change({ fold: fold ? "0" : null })}>
          Fold passed
        </button>
      )}
      <button type="button" className="wide" aria-pressed={wrap} onClick={() => change({ wrap: wrap ? null : "1" })}>
        Wrap
      </button>
      {rawUrl !== null && rawUrl !== "" && (
        <a className="button" href={rawUrl} rel="noreferrer">
          <Icon name="load" />
          Raw
        </a>
      )}
    </div>
  );
}

function FindBox({ choices, found, onNext, onPrevious }: BarProps) {
  const { needle, change } = choices;
  const [text, setText] = useState(needle);
  useEffect(() => setText(needle), [needle]);
  useEffect(() => {
    if (text === needle) return;
    const timer = setTimeout(() => change({ q: text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, needle, change]);
  return (
    <form
      className="row grow"
      role="search"
      aria-label="In this log"
      onSubmit={(event) => {
        event.preventDefault();
        if (text === needle) onNext();
        else change({ q: text });
      }}
    >
      <label className="sr" htmlFor="log-find">
        Find in the whole log
      </label>
      <input
        id="log-find"
        type="text"
        value={text}
        placeholder="Find in the whole log"
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText("");
        }}
      />
      <button type="button" aria-label="Match before" disabled={found.hits.length === 0} onClick={onPrevious}>
        <Icon name="up" />
      </button>
      <button type="submit" aria-label="Match after" disabled={found.hits.length === 0 && text === needle}>
        <Icon name="down" />
      </button>
      <span className="muted num nw" role="status">
        {foundWords(found)}
      </span>
    </form>
  );
}

function foundWords({ needle, hits, more, busy, failed }: Found): string {
  if (needle === "") return "";
  if (busy) return "searching…";
  if (failed) return "the search failed";
  return `${grouped(hits.length)}${more ? "+" : ""} found`;
}

function GoTo({ onGoTo }: { readonly onGoTo: (line: number) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="row wide"
      onSubmit={(event) => {
        event.preventDefault();
        if (/^\d{1,9}$/.test(text)) onGoTo(Number(text));
        setText("");
      }}
    >
      <label className="sr" htmlFor="log-goto">
        Go to line
      </label>
      <input
        id="log-goto"
        className="goto"
        type="text"
        inputMode="numeric"
        placeholder="line"
        value={text}
        onChange={({ target }) => setText(target.value.replaceAll(/\D/g, ""))}
      />
    </form>
  );
}
