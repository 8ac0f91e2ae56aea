// What every entry point imports first; for the tests this is it.

import "reflect-metadata";
import { vi } from "vitest";

// A wait ends when its condition holds, and a loaded machine only takes longer: vitest's own second is too short for it.
const { waitFor } = vi;
if (!("isPatient" in waitFor)) {
  vi.waitFor = Object.assign(
    ((callback, options) =>
      waitFor(callback, typeof options === "number" ? options : { timeout: 15_000, ...options })) as typeof waitFor,
    { isPatient: true },
  );
}
