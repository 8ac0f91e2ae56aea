// What the reader has chosen, from the address and into it.

import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { changed } from "../routes.js";
import type { Choices } from "../routes.js";

export type ChangeChoices = (change: Choices) => void;

/** The query of the address, and what puts other choices in place of those. */
export function useChoices(): readonly [URLSearchParams, ChangeChoices] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const change = useCallback(
    (choices: Choices) => {
      const query = changed(location.search, choices);
      navigate(query === "" ? path : `${path}?${query}`, { replace: true });
    },
    [navigate, path],
  );
  return [useMemo(() => new URLSearchParams(search), [search]), change];
}

/** The title carries the verdict first, since a tab shows its beginning only. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Etna" : `${title} · Etna`;
  }, [title]);
}
