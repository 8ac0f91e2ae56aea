// One box over everything: what is typed is looked for, what it finds is a list to walk by arrow keys.

import { useEffect, useId, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { SearchDocument } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { routes, withChoices } from "../routes.js";
import { preferences } from "../parts/preferences.js";
import { toFound } from "../search/found.js";

const TYPING_MS = 300;

export function SearchBox() {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(-1);
  const [, navigate] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const focus = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "/" || !preferences.get().keys || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  const pause = asked.length < 2;
  const { data } = useAsk(SearchDocument, { text: asked }, { pause });
  const found = pause || text.trim() !== asked ? [] : (data?.search ?? []).flatMap((hit) => toFound(hit) ?? []);
  const leave = (to: string) => {
    setText("");
    setAsked("");
    setAt(-1);
    input.current?.blur();
    navigate(to);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setAt((at + step + found.length + (at === -1 && step === -1 ? 1 : 0)) % found.length);
    } else if (event.key === "Escape") {
      setText("");
      input.current?.blur();
    }
  };
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") leave(found[at]?.href ?? withChoices(routes.search, { q: text.trim() }));
      }}
    >
      <label className="sr" htmlFor={id}>
        Search all servers
      </label>
      <input
        id={id}
        ref={input}
        type="text"
        value={text}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at === -1 ? undefined : `${id}-${at}`}
        placeholder="Job, build, board, commit, store path"
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setAt(-1);
        }}
        onKeyDown={onKey}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id={`${id}-list`} role="listbox" aria-label="Found" className={found.length > 0 ? "search-results" : "sr"}>
        {found.map((one, place) => (
          <li
            key={one.key}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === at}
            onMouseDown={(event) => {
              event.preventDefault();
              leave(one.href);
            }}
          >
            <span className="muted">{one.kind}</span> <span className="cut grow">{one.title}</span>{" "}
            <span className="muted">{one.server}</span>
          </li>
        ))}
      </ul>
    </form>
  );
}

function isTyping({ target }: Event): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
