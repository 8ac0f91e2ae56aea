// All pages of a list, one after the other, e.g. all boards of a lab.

import { useEffect, useState } from "react";
import type { AnyVariables } from "@urql/core";
import { useAskEach } from "./use.js";
import type { Asked } from "./use.js";
import type { Document } from "./watch.js";

/** So many pages of a list are read at most. */
const PAGES_MAX = 20;

interface Page {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

/** For each of the variables its pages so far. */
export function useAllPages<T, V extends AnyVariables & { after?: string | null | undefined }>(
  document: Document<T, V>,
  list: readonly V[],
  pageOf: (data: T) => Page | null | undefined,
): readonly (readonly Asked<T>[])[] {
  const [cursors, setCursors] = useState<Readonly<Record<string, readonly string[]>>>({});
  const keys = list.map((variables) => JSON.stringify(variables));
  const wanted = list.map((variables, at): V[] => [
    variables,
    ...(cursors[keys[at] ?? ""] ?? []).map((after): V => ({ ...variables, after })),
  ]);
  const answers = useAskEach(document, wanted.flat());
  let place = 0;
  const pages = wanted.map((all) => answers.slice(place, (place += all.length)));
  const next = pages.map((all) => {
    const data = all.at(-1)?.data;
    const info = data == null ? null : pageOf(data)?.pageInfo;
    return info?.hasNextPage === true && all.length < PAGES_MAX ? (info.endCursor ?? null) : null;
  });
  useEffect(() => {
    const found = next.flatMap((cursor, at) => (cursor === null ? [] : [[keys[at] ?? "", cursor] as const]));
    if (found.length === 0) return;
    setCursors((before) =>
      Object.fromEntries([
        ...Object.entries(before),
        ...found.map(([key, cursor]) => [key, [...new Set([...(before[key] ?? []), cursor])]] as const),
      ]),
    );
  }, [next.join(" "), keys.join(" ")]);
  return pages;
}

export interface Paged<T> {
  readonly pages: readonly Asked<T>[];
  /** Asks for one page more; null where there is none. */
  readonly more: (() => void) | null;
}

/** A list that grows by a page when the reader asks for it. */
export function usePaged<T, V extends AnyVariables & { after?: string | null | undefined }>(
  document: Document<T, V>,
  variables: V,
  pageOf: (data: T) => Page | null | undefined,
  pause = false,
): Paged<T> {
  const key = JSON.stringify(variables);
  const [opened, setOpened] = useState<{ readonly key: string; readonly cursors: readonly string[] }>({
    key,
    cursors: [],
  });
  const cursors = opened.key === key ? opened.cursors : [];
  const list = pause ? [] : [variables, ...cursors.map((after): V => ({ ...variables, after }))];
  const pages = useAskEach(document, list);
  const last = pages.at(-1)?.data;
  const info = last == null ? null : pageOf(last)?.pageInfo;
  const cursor = info?.hasNextPage === true ? info.endCursor : null;
  return {
    pages,
    more: cursor == null ? null : () => setOpened({ key, cursors: [...cursors, cursor] }),
  };
}
