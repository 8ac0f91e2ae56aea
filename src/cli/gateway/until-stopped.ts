// Waits for the wish to stop.

/**
 * Resolves with the name of the first SIGTERM or SIGINT from now on: to be called before what takes its time, so that a
 * process that has only begun ends as well as one that listens. A second signal ends it at once, in the usual way.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
      resolve(signal);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}
