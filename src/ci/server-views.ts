// The configured servers of one system as one operation sees them.

import type { Server } from "./graph/server.type.js";
import { pickServer } from "./pick-server.js";

/** One server for one operation: its loaders live and die with it. */
export interface ServerView {
  toServer(): Server;
}

/** What the sessions of all systems have in common. A server's view is made when somebody first asks for it. */
export abstract class ServerViews<S extends { readonly name: string }, V extends ServerView> {
  readonly #views = new Map<S, V>();

  constructor(
    /** E.g. `LAVA`, for messages. */
    private readonly title: string,
    private readonly configured: readonly S[],
    private readonly createView: (server: S) => V,
  ) {}

  get servers(): readonly Server[] {
    return this.views(null).map((view) => view.toServer());
  }

  /** The named server, or the only one. Throws `InputRefused` otherwise. */
  view(name: string | null | undefined): V {
    return this.#open(pickServer(this.configured, name, this.title));
  }

  /** The named server, or all of them. */
  views(name: string | null | undefined): readonly V[] {
    return name == null ? this.configured.map((server) => this.#open(server)) : [this.view(name)];
  }

  /** Undefined for a name that no server of this system has. */
  find(name: string): V | undefined {
    const server = this.configured.find((one) => one.name === name);
    return server === undefined ? undefined : this.#open(server);
  }

  /** Forgets what the loaders hold. */
  renew(): void {
    this.#views.clear();
  }

  #open(server: S): V {
    let view = this.#views.get(server);
    if (view === undefined) {
      view = this.createView(server);
      this.#views.set(server, view);
    }
    return view;
  }
}
