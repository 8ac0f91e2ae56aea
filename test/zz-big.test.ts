import { test } from "vitest";
import { asUser, startGateway } from "./support/gateway.js";
test("x", { timeout: 90000 }, async () => {
  const g = await startGateway({ lava: [{ url: process.env.LAVA_URL ?? "", events: "poll" }] });
  const h = asUser(process.env.LAVA_ALICE_TOKEN ?? "");
  let t = performance.now(); const lap = (n: string, x: unknown) => { console.log(n, (performance.now() - t).toFixed(0), "ms", JSON.stringify(x).slice(0, 300)); t = performance.now(); };
  lap("counts", await g.query(`{ testJob(jobId: "60") { resultCounts { total fail } cases(first: 2, filter: {suite: "3_played", result: FAIL}) { totalCount nodes { name } } } }`, {}, h));
  lap("anonymous", await g.query(`{ testJob(jobId: "60") { resultCounts { total } } }`));
  for (const f of ["csv", "xml", "tap", "yaml"]) { const r = await fetch(`${g.origin}/export/lava/lava/60.${f}`, { headers: h }); lap(f, [r.status, (await r.text()).length]); }
  lap("tap of suite", (await (await fetch(`${g.origin}/export/lava/lava/60/3_played.tap`, { headers: h })).text()).length);
  await g.close();
});
