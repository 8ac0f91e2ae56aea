// The one clock of everything live: monotonic, so that no correction of the machine's time makes a proof of rights older or
// younger.

export const clock = {
  /** Milliseconds since the process has started. */
  now: (): number => performance.now(),
};
