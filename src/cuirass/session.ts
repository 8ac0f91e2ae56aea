// All Cuirass servers as one request sees them.

import type { OperationScope } from "../cache/operation-scope.js";
import type { LogTail } from "../ci/live/log-tail.js";
import type { Node } from "../ci/graph/node.type.js";
import type { PageSource } from "../ci/page.js";
import { pickServer } from "../ci/pick-server.js";
import { RunKind } from "../ci/enums.js";
import type { Run } from "../ci/graph/run.type.js";
import type { RunUpdateSource } from "../ci/live/run-updates.js";
import type { SearchLookup, SearchTerm } from "../ci/search.js";
import type { CiSession, RunFilter } from "../ci/session.js";
import type { CuirassServer as CuirassServerType } from "./model/cuirass-server.type.js";
import { parseId, toBuildId } from "./protocol/ids.js";
import { followBuilds } from "./graph/run-updates.js";
import { searchCuirass } from "./graph/search.js";
import { createLogTail } from "./live/log-tail.js";
import type { CuirassServer } from "./server.js";
import { CuirassView } from "./view.js";

/** All configured Cuirass servers for one request. */
export class CuirassSession implements CiSession {
  #views: readonly CuirassView[];

  constructor(
    private readonly cuirassServers: readonly CuirassServer[],
    private readonly scope: OperationScope,
    /** Whoever asks, as an opaque key: everybody sees the same, but waits in a line of their own. */
    private readonly viewer: string,
  ) {
    this.#views = this.#open();
  }

  get servers(): readonly CuirassServerType[] {
    return this.#views.map((view) => view.toServer());
  }

  /** The named server, or the only one. Throws `InputRefused` otherwise. */
  view(name: string | null | undefined): CuirassView {
    return pickServer(this.#views, name, "Cuirass");
  }

  /** The named server, or all of them. */
  views(name: string | null | undefined): readonly CuirassView[] {
    return name == null ? this.#views : [this.view(name)];
  }

  runs(filter: RunFilter): readonly PageSource<Run>[] {
    if (filter.kind !== null && filter.kind !== RunKind.BUILD) return [];
    return this.#views.map((view) => ({ server: view.name, page: (request) => view.runs(filter, request) }));
  }

  runUpdates(kind: RunKind | null): readonly RunUpdateSource[] {
    return kind === null || kind === RunKind.BUILD ? this.#views.map(followBuilds) : [];
  }

  search(term: SearchTerm, count: number): readonly SearchLookup[] {
    return this.#views.flatMap((view) => searchCuirass(view, term, count));
  }

  node(typeName: string, server: string, key: string): Promise<Node | null> | undefined {
    const view = this.#views.find((candidate) => candidate.name === server);
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
    const view = this.#views.find((candidate) => candidate.name === server);
    const id = parseId(key);
    if (view === undefined || typeName !== "Build" || id === null) return undefined;
    return createLogTail(view.server.client, toBuildId(id));
  }

  renew(): void {
    this.#views = this.#open();
  }

  #open(): readonly CuirassView[] {
    return this.cuirassServers.map((server) => new CuirassView(server, this.scope, this.viewer));
  }
}
