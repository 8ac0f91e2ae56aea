// The folder `data.dir` and the process that has it.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROCESS_MS, startEtna } from "../cli/etna.js";
import { freePort } from "./scene.js";

describe("data.dir", { timeout: PROCESS_MS }, () => {
  test("belongs to one process at a time, and to nobody once that is killed; a damaged file in it stops no start", async (scope) => {
    const dir = mkdtempSync(join(tmpdir(), "etna-data-"));
    scope.onTestFinished(() => rmSync(dir, { recursive: true }));
    const config = join(dir, "etna.yaml");
    const lava = [{ url: `http://127.0.0.1:${await freePort()}`, events: "poll" }];
    writeFileSync(config, JSON.stringify({ listen: { port: 0 }, data: { dir: join(dir, "data") }, lava }));
    const serve = () => startEtna(scope, ["serve", "--config", config]);

    const first = serve();
    await first.ready();
    const { status, stderr } = await serve().exited;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^etna: data\.dir: another process uses .+; each Etna needs a folder of its own$/m);

    first.kill("SIGKILL");
    await first.exited;
    const file = join(dir, "data", "finals-1.sqlite");
    writeFileSync(file, Buffer.alloc(statSync(file).size));
    const third = serve();
    await third.ready();
    third.kill("SIGTERM");
    const exit = await third.exited;
    expect(exit).toMatchObject({ status: 0, signal: null });
    expect(exit.stderr).not.toContain("unknown reason");
  });
});
