// A log behind the graph: windows, finds, size. Past the cache of entities, since lines are many and never change.

import { AskError, NO_ANSWER, toFault } from "../graph/errors.js";
import { tokenHeaders } from "../graph/credentials.js";
import type { LogAt } from "./log-at.js";
import type { Line } from "./windows.js";

interface LogAnswer {
  readonly lineCount?: number | null;
  readonly rawUrl?: string;
  readonly lines?: {
    readonly nodes: readonly (Line | null)[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
  } | null;
}

export interface LogDocuments {
  readonly window: { toString(): string };
  readonly size: { toString(): string };
}

/** @param owner variables that name the run, e.g. `{ jobId, server }`. Its methods throw `AskError`, or what `fetch` throws. */
export function createLogAt(url: URL, documents: LogDocuments, owner: Readonly<Record<string, unknown>>): LogAt {
  const ask = async (document: { toString(): string }, variables: object, signal?: AbortSignal) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...tokenHeaders() },
      body: JSON.stringify({ query: document.toString(), variables: { ...owner, ...variables } }),
      ...(signal === undefined ? {} : { signal }),
    });
    const { data, errors } = (await response.json()) as {
      readonly data?: Readonly<Record<string, { readonly log?: LogAnswer | null } | null>> | null;
      readonly errors?: readonly object[];
    };
    const log = Object.values(data ?? {})[0]?.log ?? null;
    if (log === null && errors?.[0] !== undefined) throw new AskError(toFault(errors[0]));
    return log;
  };
  return {
    lines: async (asked, signal) => {
      const log = await ask(documents.window, asked, signal);
      if (!log?.lines) throw new AskError(NO_ANSWER);
      const { nodes, pageInfo } = log.lines;
      return {
        lines: nodes.filter((line) => line !== null),
        hasNextPage: pageInfo.hasNextPage,
        endCursor: pageInfo.endCursor ?? null,
      };
    },
    size: async (signal) => {
      const log = await ask(documents.size, {}, signal);
      return log === null ? null : { lineCount: log.lineCount ?? 0, rawUrl: log.rawUrl ?? "" };
    },
  };
}
