// What the tests notice of breaks in the code whose faults leak, lose or hang: the long form only, since each break is a run of
// the tests beside it. `.ci/mutate.js` prints those that nothing notices; docs/quality.md has the last run.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { IS_LONG } from "./form.js";

const BREAKS_PER_FILE = 4;
const SEED = 7;
/** Of the breaks, in hundredths: what was noticed last, see docs/quality.md. Some change nothing that anybody could see. */
const NOTICED_MIN = 87;
const TIMEOUT_MS = 7_200_000;

test.skipIf(!IS_LONG)("no fewer breaks of that code turn a test red than before", { timeout: TIMEOUT_MS }, async () => {
  const script = spawn(process.execPath, [".ci/mutate.js", String(BREAKS_PER_FILE), String(SEED)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  script.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
  await once(script, "close");
  const [, noticed, all] = /^(\d+) of (\d+) noticed$/m.exec(told) ?? [];
  expect((100 * Number(noticed)) / Number(all), told).toBeGreaterThanOrEqual(NOTICED_MIN);
});
