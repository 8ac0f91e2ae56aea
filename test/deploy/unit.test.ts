// The systemd unit, by systemd's own check.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, program, run } from "./run.js";

test("systemd finds no fault with the unit, and little that is left open", async () => {
  const analyze = program("/usr/bin/systemd-analyze", "systemd");
  const folder = mkdtempSync(join(tmpdir(), "etna-unit-"));
  const unit = join(folder, "etna.service");
  // It looks for the command, which stands elsewhere here.
  writeFileSync(
    unit,
    readFileSync(join(ROOT, "deploy/etna.service"), "utf8").replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"),
  );
  expect(await run(analyze, ["verify", unit])).toEqual({ status: 0, stdout: "", stderr: "" });
  // In tenths: exposure 1.5 of 10 at most.
  expect(await run(analyze, ["security", "--offline=yes", "--threshold=15", unit])).toMatchObject({ status: 0 });
  rmSync(folder, { recursive: true });
});
