// When something has changed about how servers fare: which one, for whoever looks at them then. Asks nobody.

import { Hub } from "../../events/hub.js";
import { createStream } from "../../events/stream.js";

export interface StatusNews {
  readonly server: string;
  /** Equal for two with the same content. */
  readonly key: string;
}

export class StatusFeed {
  readonly #changes = new Hub<StatusNews>();
  #number = 0;

  changed(server: string): void {
    this.#number += 1;
    this.#changes.publish(this.#newsOf(server));
  }

  /**
   * Each of these servers, then each change, for ever.
   * @param only changes of this one; null for all, also of servers that are configured later.
   */
  follow(servers: readonly string[], only: string | null): AsyncIterableIterator<StatusNews, undefined> {
    const live = this.#changes.subscribe(({ server }) => only === null || server === only);
    const first = servers.map((server) => this.#newsOf(server));
    return createStream<StatusNews>(
      async () => {
        const next = first.shift();
        if (next !== undefined) return { done: false, value: next };
        const result = await live.next();
        return result.done === true ? { done: true, value: undefined } : result;
      },
      () => {
        first.length = 0;
        live.close();
        return Promise.resolve();
      },
    );
  }

  /** Ends all who follow. */
  close(): void {
    this.#changes.end();
  }

  #newsOf(server: string): StatusNews {
    return { server, key: `${server} status ${this.#number}` };
  }
}
