// The end of a subscription that the user wants to follow for so long only: `--timeout`.

import type { Client } from "graphql-ws";

/** Closes a connection when its time is over, and says then that it did. */
export class Deadline {
  #isOver = false;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs null: never. */
  constructor(
    private readonly client: Client,
    readonly timeoutMs: number | null,
  ) {
    if (timeoutMs === null) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      void client.dispose();
    }, timeoutMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** In seconds, for people. */
  get words(): string {
    return `${(this.timeoutMs ?? 0) / 1000} s`;
  }

  /** The connection is not needed any more. */
  close(): void {
    clearTimeout(this.#timer);
    void this.client.dispose();
  }
}
