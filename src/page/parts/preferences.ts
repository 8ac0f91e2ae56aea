// What this browser's reader likes: scheme, times, single keys. Kept in `localStorage`, where no token ever is.

import { createStore } from "./store.js";

export interface Preferences {
  readonly theme: "system" | "light" | "dark";
  /** Times in UTC instead of the reader's own. */
  readonly utc: boolean;
  /** Single keys (`/`, `?` and those of the log) act. */
  readonly keys: boolean;
}

const KEY = "etna:preferences";
const DEFAULTS: Preferences = { theme: "system", utc: false, keys: true };

export const preferences = createStore<Preferences>(restore());

export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences.get(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // A browser without storage: they hold until the page is left.
  }
  apply(next);
  preferences.set(next);
}

export function applyPreferences(): void {
  apply(preferences.get());
}

function apply({ theme }: Preferences): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

function restore(): Preferences {
  try {
    const { theme, utc, keys } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<string, unknown>>;
    return {
      theme: theme === "light" || theme === "dark" ? theme : DEFAULTS.theme,
      utc: typeof utc === "boolean" ? utc : DEFAULTS.utc,
      keys: typeof keys === "boolean" ? keys : DEFAULTS.keys,
    };
  } catch {
    return DEFAULTS;
  }
}
