// What GraphiQL may keep in the browser: tabs, history and layout, never the request headers, since they hold tokens.
// GraphiQL's own `shouldPersistHeaders` is not enough: its history plugin writes the headers of each run.
import type { GraphiQL } from "graphiql";
import type { ComponentProps } from "react";
import type { Example } from "./examples.js";

type GraphiQLStorage = NonNullable<ComponentProps<typeof GraphiQL>["storage"]>;

const NAMESPACE = "etna:";

// The keys of GraphiQL's StorageAPI that are named here.
const TABS = "graphiql:tabState";
const QUERY = "graphiql:query";
const VARIABLES = "graphiql:variables";
const HEADERS = "graphiql:headers";

/**
 * The part of `localStorage` below `etna:`, for GraphiQL. Headers are taken out of everything that is written.
 * A first visit is told its first tab's contents: GraphiQL reads the variables of the tab it opens from here only.
 */
export function createEtnaStorage(firstTab: Example | undefined): GraphiQLStorage {
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));
  const storage: GraphiQLStorage = {
    get length() {
      return keys().length;
    },
    getItem: (key) => localStorage.getItem(NAMESPACE + key),
    setItem(key, value) {
      if (key !== HEADERS) localStorage.setItem(NAMESPACE + key, withoutHeaders(value));
    },
    removeItem: (key) => localStorage.removeItem(NAMESPACE + key),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  };
  if (firstTab && storage.getItem(TABS) === null) {
    storage.setItem(QUERY, firstTab.query);
    storage.setItem(VARIABLES, firstTab.variables ?? "");
  }
  return storage;
}

function withoutHeaders(value: string): string {
  if (!value.includes('"headers"')) return value;
  try {
    return JSON.stringify(JSON.parse(value), (key, inner: unknown) => (key === "headers" ? null : inner));
  } catch {
    return value; // The text of an operation, not a record of GraphiQL's.
  }
}
