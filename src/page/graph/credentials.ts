// The viewer's tokens, one a LAVA server. In memory; in the tab's `sessionStorage` where the viewer has asked for that;
// never anywhere else.

const KEY = "etna:tokens";

export interface Account {
  readonly server: string;
  readonly user: string;
  readonly token: string;
}

type Listener = () => void;

const listeners = new Set<Listener>();
let accounts: readonly Account[] = restore();
let kept = accounts.length > 0;

export const credentials = {
  accounts: () => accounts,
  /** Whether they outlive a reload of the tab. */
  kept: () => kept,
  /** Takes the place of all that were there. */
  set: (next: readonly Account[], keep: boolean): void => {
    accounts = next;
    kept = keep;
    if (keep && next.length > 0) sessionStorage.setItem(KEY, JSON.stringify(next));
    else sessionStorage.removeItem(KEY);
    for (const listener of listeners) listener();
  },
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Each server gets its own token only: `Authorization` would give one lab's to all labs. */
export function tokenHeaders(given: readonly Account[] = accounts): Record<string, string> {
  if (given.length === 0) return {};
  return { "X-Etna-Token": given.map(({ server, token }) => `${server}=${token}`).join(", ") };
}

function restore(): readonly Account[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isAccount) : [];
  } catch {
    return [];
  }
}

function isAccount(value: unknown): value is Account {
  const { server, user, token } = (value ?? {}) as Partial<Record<keyof Account, unknown>>;
  return typeof server === "string" && typeof user === "string" && typeof token === "string";
}
