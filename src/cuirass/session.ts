// All Cuirass servers as one request sees them.

import type { OperationScope } from "../cache/operation-scope.js";
import type { LogTail } from "../ci/live/log-tail.js";
import type { Node } from "../ci/graph/node.type.js";
import type { PageSource } from "../ci/page.js";
import { RunKind } from "../ci/enums.js";
import type { Run } from "../ci/graph/run.type.js";
import { mapPart } from "../ci/live/merged-updates.js";
import type { ServerPart } from "../ci/live/merged-updates.js";
import type { SearchLookup, SearchTerm } from "../ci/search.js";
import { ServerViews } from "../ci/server-views.js";
import type { CiSession, RunFilter } from "../ci/session.js";
import { parseId, toBuildId } from "./protocol/ids.js";
import { buildPart } from "./graph/parts.js";
import { toBuild } from "./model/build.type.js";
import { searchCuirass } from "./graph/search.js";
import { createLogTail } from "./live/log-tail.js";
import type { CuirassServer } from "./server.js";
import { CuirassView } from "./view.js";

/** What a resolver of Cuirass takes from the context. */
export interface CuirassContext {
  readonly cuirass: CuirassSession;
}

/** All configured Cuirass servers for one request. */
export class CuirassSession extends ServerViews<CuirassServer, CuirassView> implements CiSession {
  /** @param viewer whoever asks, as an opaque key: everybody sees the same, but waits in a line of their own. */
  constructor(cuirassServers: readonly CuirassServer[], scope: OperationScope, viewer: string) {
    super("Cuirass", cuirassServers, (server) => new CuirassView(server, scope, viewer));
  }

  runs(filter: RunFilter): readonly PageSource<Run>[] {
    if (filter.kinds?.includes(RunKind.BUILD) === false) return [];
    return this.views(null).map((view) => ({ server: view.name, page: (request) => view.runs(filter, request) }));
  }

  runUpdates(kinds: readonly RunKind[] | null): readonly ServerPart<() => Run>[] {
    if (kinds?.includes(RunKind.BUILD) === false) return [];
    return this.views(null).map((view) => {
      const { name, url } = view;
      return mapPart(buildPart(view, {}), (wire) => () => toBuild(name, url, wire));
    });
  }

  search(term: SearchTerm, count: number): readonly SearchLookup[] {
    return this.views(null).flatMap((view) => searchCuirass(view, term, count));
  }

  node(typeName: string, server: string, key: string): Promise<Node | null> | undefined {
    const view = this.find(server);
    if (view === undefined) return undefined;
    switch (typeName) {
      case "CuirassServer":
        return Promise.resolve(view.toServer());
      case "Build":
        return view.build(Number(key));
      case "Evaluation":
        return view.evaluationOrHidden(Number(key));
      case "Specification":
        return view.specification(key);
      default:
        return undefined;
    }
  }

  tail(typeName: string, server: string, key: string): LogTail | undefined {
    const view = this.find(server);
    const id = parseId(key);
    if (view === undefined || typeName !== "Build" || id === null) return undefined;
    return createLogTail(view.server.client, toBuildId(id));
  }
}
