// The configured servers, as every page needs them: which there are, and which do not answer.

import { createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { ServersDocument } from "../generated/graphql.js";
import type { ServersQuery } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import type { Asked } from "../graph/use.js";

type ServerRow = ServersQuery["servers"][number];

export interface ShownServer extends Omit<ServerRow, "__typename"> {
  readonly kind: "lava" | "cuirass";
  /** Since when it has not answered: as Etna knows, else since this page has seen it; null while it does. */
  readonly awaySince: Date | null;
}

export interface Servers {
  readonly all: readonly ShownServer[];
  readonly lava: readonly ShownServer[];
  readonly cuirass: readonly ShownServer[];
  readonly asked: Asked<ServersQuery>;
}

const EVERY_S = 30;
/** While one is away: Etna tries it by itself, and tells what it has found. */
const AWAY_EVERY_S = 10;

const ServersContext = createContext<Servers | null>(null);

export function useServers(): Servers {
  const servers = useContext(ServersContext);
  if (servers === null) throw new Error("there are no servers around this component");
  return servers;
}

/** For each server of a system the variables of a query that goes to it alone. */
export function useServerVariables(
  kind: "lava" | "cuirass",
  only: string | null = null,
): readonly { server: string }[] {
  const servers = useServers()[kind];
  return useMemo(
    () => servers.filter(({ name }) => only === null || name === only).map(({ name }) => ({ server: name })),
    [servers, only],
  );
}

export function ServersProvider({ children }: { readonly children: ReactNode }) {
  const [everySeconds, setEvery] = useState(EVERY_S);
  const asked = useAsk(ServersDocument, {}, { everySeconds });
  const away = useRef(new Map<string, Date>());
  const rows = asked.data?.servers;
  const value = useMemo(() => toServers(rows ?? [], away.current, asked), [rows, asked]);
  useEffect(() => {
    setEvery(value.all.some(({ awaySince }) => awaySince !== null) ? AWAY_EVERY_S : EVERY_S);
    for (const { name, awaySince } of value.all) {
      if (awaySince === null) away.current.delete(name);
      else away.current.set(name, awaySince);
    }
  }, [value]);
  return <ServersContext.Provider value={value}>{children}</ServersContext.Provider>;
}

function since(known: string | null, seen: Date | undefined): Date {
  return known === null ? (seen ?? new Date()) : new Date(known);
}

function toServers(rows: readonly ServerRow[], away: ReadonlyMap<string, Date>, asked: Asked<ServersQuery>): Servers {
  const all = rows.map(({ __typename, ...row }): ShownServer => ({
    ...row,
    kind: __typename === "LavaServer" ? "lava" : "cuirass",
    awaySince: row.reachable ? null : since(row.unreachableSince, away.get(row.name)),
  }));
  return {
    all,
    lava: all.filter(({ kind }) => kind === "lava"),
    cuirass: all.filter(({ kind }) => kind === "cuirass"),
    asked,
  };
}
