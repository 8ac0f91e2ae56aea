// What the fields that all systems share cost their servers; see cost.ts.

import { FREE, asks, countOf, list, page } from "../cost.js";
import type { CostAsk, CostTable } from "../cost.js";
import { parseGlobalId } from "../global-id.js";
import type { CiSystem } from "../system.js";
import { LONG_LIST_LIMITS } from "../page.js";
import { fieldsOf } from "../../codec/mapping.js";

/** A page of a log needs its index as well. */

const everyServer = ({ environment: { servers } }: CostAsk) => Object.values(servers).reduce((sum, of) => sum + of, 0);

export function ciCosts(systems: readonly Pick<CiSystem, "kind" | "prices">[]): CostTable {
  const total =
    (what: keyof CiSystem["prices"]) =>
    ({ environment: { servers } }: CostAsk) =>
      systems.reduce((sum, { kind, prices }) => sum + prices[what] * (servers[kind] ?? 0), 0);
  return {
    "Query.version": FREE,
    "Query.operationCost": FREE,
    "Query.servers": list(FREE, everyServer),
    "Query.runs": page(asks(total("runs"))),
    "Query.search": list(asks(total("search")), countOf("first")),
    "Server.reachable": asks(1),
    "Server.unreachableSince": asks(1),
    "Server.version": asks(1),
    "Server.capabilities": asks(1),
    "Log.lineCount": asks(1),
    "Log.lines": page(asks(2), LONG_LIST_LIMITS),
    "Run.log": FREE,
    "Subscription.runUpdates": asks(everyServer),
    "Subscription.serverUpdates": FREE,
    "Subscription.logLines": asks(1),
  };
}

/**
 * What leads from ids to things costs, `_entities` of a subgraph included.
 * @param bulkTypes types of which a server gives many in one request.
 */
export function nodeCosts(bulkTypes: ReadonlySet<string>): CostTable {
  const requests = (ids: readonly unknown[]) => {
    const asked = ids.flatMap((id) => {
      const decoded = typeof id === "string" ? parseGlobalId(id) : null;
      // Refused before anything is asked.
      if (decoded === null) return [];
      const { typeName, server, key } = decoded;
      return bulkTypes.has(typeName) ? `${typeName} ${server}` : `${typeName} ${server} ${key}`;
    });
    return new Set(asked).size;
  };
  const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const entityId = (representation: unknown) => fieldsOf(representation).id;
  return {
    "Query.node": asks(({ args }) => requests([args.id])),
    "Query.nodes": list(
      asks(({ args }) => requests(listed(args.ids))),
      countOf("ids"),
    ),
    "Query._entities": list(
      asks(({ args }) => requests(listed(args.representations).map(entityId))),
      countOf("representations"),
    ),
    "Query._service": FREE,
  };
}
