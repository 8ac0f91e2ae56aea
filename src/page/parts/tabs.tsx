// Tabs after the ARIA pattern: one stop for the Tab key, arrows between them.

import { useRef } from "react";
import type { KeyboardEvent, ReactNode } from "react";

export interface Tab<T extends string> {
  readonly name: T;
  readonly title: ReactNode;
}

interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly open: T;
  readonly onOpen: (name: T) => void;
}

export function Tabs<T extends string>({ label, tabs, open, onOpen }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = (tabs.findIndex(({ name }) => name === open) + step + tabs.length) % tabs.length;
    const next = tabs[at];
    if (next === undefined) return;
    onOpen(next.name);
    list.current?.querySelector<HTMLButtonElement>(`#tab-${next.name}`)?.focus();
  };
  return (
    <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
      {tabs.map(({ name, title }) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === open}
          aria-controls="tabpanel"
          tabIndex={name === open ? 0 : -1}
          onClick={() => onOpen(name)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({ open, children }: { readonly open: string; readonly children: ReactNode }) {
  return (
    <div id="tabpanel" role="tabpanel" aria-labelledby={`tab-${open}`}>
      {children}
    </div>
  );
}
