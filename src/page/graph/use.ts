// The graph in React: queries that stay true, subscriptions, single questions.

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { AnyVariables, DocumentInput } from "@urql/core";
import type { Graph } from "./client.js";
import type { Fault } from "./errors.js";
import type { LiveState } from "./live.js";
import { NOTHING_YET, faultsOf, watch } from "./watch.js";
import type { Answer, Document, Watch } from "./watch.js";

const GraphContext = createContext<Graph | null>(null);
export const GraphProvider = GraphContext.Provider;

export function useGraph(): Graph {
  const graph = useContext(GraphContext);
  if (graph === null) throw new Error("there is no graph around this component");
  return graph;
}

export function useLiveState(): LiveState {
  const { live } = useGraph();
  return useSyncExternalStore(live.subscribe, live.state);
}

export interface Asked<T> extends Answer<T> {
  readonly retry: () => void;
}

export interface AskOptions {
  readonly pause?: boolean;
  readonly everySeconds?: number;
}

/** Kept true while the component is there; begins anew with other variables. */
export function useAsk<T, V extends AnyVariables>(
  document: Document<T, V>,
  variables: V,
  options: AskOptions = {},
): Asked<T> {
  const { pause = false, everySeconds = null } = options;
  const list = useAskEach(document, pause ? [] : [variables], everySeconds);
  return list[0] ?? { ...NOTHING_YET, fetching: false, retry: () => undefined };
}

/** One query for each of the variables, in their order: e.g. one a server, so that each has a state of its own. */
export function useAskEach<T, V extends AnyVariables>(
  document: Document<T, V>,
  list: readonly V[],
  everySeconds: number | null = null,
): readonly Asked<T>[] {
  const graph = useGraph();
  const keys = list.map((variables) => JSON.stringify(variables));
  const key = keys.join("\n");
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer<T>>>(new Map());
  const watches = useRef(new Map<string, Watch>());
  useEffect(() => {
    const running = watches.current;
    const wanted = key === "" ? [] : key.split("\n");
    for (const one of wanted) {
      const tell = (answer: Answer<T>) => setAnswers((before) => new Map(before).set(one, answer));
      running.set(one, watch(graph, document, JSON.parse(one) as V, tell, everySeconds));
    }
    return () => {
      for (const { stop } of running.values()) stop();
      running.clear();
      setAnswers((before) => new Map([...before].filter(([at]) => wanted.includes(at))));
    };
  }, [graph, document, key, everySeconds]);
  return keys.map((one) => ({
    ...(answers.get(one) ?? NOTHING_YET),
    retry: () => watches.current.get(one)?.retry(),
  }));
}

interface FollowOptions<T> {
  readonly pause?: boolean;
  readonly onData?: (data: T) => void;
  /** The gateway no longer knows where the page had been: what was missed has to be asked for. */
  readonly onExpired?: () => void;
}

/** A subscription for each of the variables, while the component is there. */
export function useFollowEach<T, V extends AnyVariables>(
  document: Document<T, V>,
  list: readonly V[],
  options: FollowOptions<T> = {},
): void {
  const { client } = useGraph();
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const key = options.pause === true ? "" : list.map((variables) => JSON.stringify(variables)).join("\n");
  useEffect(() => {
    const running = (key === "" ? [] : key.split("\n")).map((one) =>
      client
        .subscription<T>(document.toString() as unknown as DocumentInput<T>, JSON.parse(one) as AnyVariables)
        .subscribe(({ data }) => {
          if (!data) return;
          latest.current.onData?.(data);
          if (isExpired(data)) latest.current.onExpired?.();
        }),
    );
    return () => {
      for (const subscription of running) subscription.unsubscribe();
    };
  }, [client, document, key]);
}

function isExpired(data: object): boolean {
  const [value] = Object.values(data) as unknown[];
  return (value as { readonly cursorExpired?: unknown } | null)?.cursorExpired === true;
}

export interface Once<T> {
  readonly data: T | null;
  readonly faults: readonly Fault[];
}

/** A question, or a change, that is put once. */
export function useOnce(): <T, V>(document: Document<T, V>, variables: V) => Promise<Once<T>> {
  const { client } = useGraph();
  return useCallback(
    async <T, V>(document: Document<T, V>, variables: V) => {
      const text = document.toString();
      const given = variables as AnyVariables;
      const result = await (
        /^\s*mutation\b/.test(text)
          ? client.mutation<T>(text, given)
          : client.query<T>(text, given, { requestPolicy: "network-only" })
      ).toPromise();
      return { data: result.data ?? null, faults: faultsOf(result.error) };
    },
    [client],
  );
}

/** A function that is called at most once in `ms`, the last time after the last call. */
export function useAtMost(ms: number, call: () => void): () => void {
  const latest = useRef(call);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = call;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useMemo(
    () => () => {
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        latest.current();
      }, ms);
    },
    [ms],
  );
}
