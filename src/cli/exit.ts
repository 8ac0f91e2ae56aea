// What a command's exit status means, and the error that ends a command with one.

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  timedOut: 3,
  unreachable: 4,
  denied: 5,
  refused: 6,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** For the man page and the documents. */
export const EXIT_MEANINGS: Readonly<Record<ExitStatus, string>> = {
  0: "done; of what was waited for, everything is Complete or succeeded",
  1: "a test job, build or evaluation did not succeed; `doctor` found a fault; `serve` could not start",
  2: "the command line, the configuration or an argument is wrong, or there is no such thing that you may see",
  3: "timed out",
  4: "unreachable: the gateway, or the server behind it, does not answer. The same may succeed later",
  5: "denied: the server wants another token, or none of yours will do",
  6: "refused: the definition, or what was asked, is not accepted",
};

/** Ends the command with this status; the message is a sentence for its user. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  constructor(
    message: string,
    readonly status: ExitStatus,
  ) {
    super(message);
  }
}
