// Filters of a list. What is chosen goes into the address; text after a pause in typing.

import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useServers } from "../frame/servers.js";
import type { ChangeChoices } from "./address.js";

const TYPING_MS = 400;

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly params: URLSearchParams;
  readonly change: ChangeChoices;
}

export function TextFilter({
  label,
  name,
  params,
  change,
  placeholder,
}: FieldProps & { readonly placeholder?: string }) {
  const chosen = params.get(name) ?? "";
  const [text, setText] = useState(chosen);
  const sent = useRef(chosen);
  useEffect(() => {
    // The address has changed otherwise, e.g. by the browser's back button.
    if (chosen === sent.current) return;
    sent.current = chosen;
    setText(chosen);
  }, [chosen]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      change({ [name]: text.trim() });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, name, change]);
  return (
    <label>
      {label}
      <input type="text" value={text} placeholder={placeholder} onChange={({ target }) => setText(target.value)} />
    </label>
  );
}

interface ChoiceProps extends FieldProps {
  readonly options: readonly (readonly [string, string])[];
  /** What holds while nothing is chosen. */
  readonly none?: string;
}

export function ChoiceFilter({ label, name, params, change, options, none = "all" }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={params.get(name)?.toLowerCase() ?? ""} onChange={({ target }) => change({ [name]: target.value })}>
        <option value="">{none}</option>
        {options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Which server; nothing where there is one only. */
export function ServerFilter(props: Omit<FieldProps, "label" | "name"> & { readonly kind?: "lava" | "cuirass" }) {
  const servers = useServers();
  const own = props.kind === undefined ? servers.all : servers[props.kind];
  if (own.length < 2) return null;
  const options = own.map(({ name }) => [name, name] as const);
  return <ChoiceFilter label="Server" name="server" params={props.params} change={props.change} options={options} />;
}

export function Filters({
  children,
  params,
  change,
}: Omit<FieldProps, "label" | "name"> & { readonly children: ReactNode }) {
  const keys = [...new Set(params.keys())];
  return (
    <form className="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {children}
      {keys.length > 0 && (
        <button type="button" onClick={() => change(Object.fromEntries(keys.map((key) => [key, null])))}>
          Clear
        </button>
      )}
    </form>
  );
}
