// A moment that moves on as long as somebody answers: when it is reached, a server hangs.

export class Silence extends Error {
  /** Rejects with the silence itself. */
  readonly reached: Promise<never>;
  #timer: NodeJS.Timeout | undefined;

  /** @param until when it is reached, on the clock of `performance.now`; asked again each time. */
  constructor(until: () => number) {
    super("silence");
    this.reached = new Promise((_, reject) => {
      const look = () => {
        const ms = until() - performance.now();
        if (ms > 0) this.#timer = setTimeout(look, ms);
        else reject(this);
      };
      look();
    });
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
