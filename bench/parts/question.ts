// What the stand and its processes say to each other over Node's IPC channel.

export interface Question {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** With `error` when the method threw. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
