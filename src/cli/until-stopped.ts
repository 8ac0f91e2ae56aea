// Waits for the wish to stop.

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once, in the usual way. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
      resolve();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}
