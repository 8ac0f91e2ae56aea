// The measuring stand's counting part, in one process: no time is measured here.

import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { requestRows } from "../../bench/figures/requests.js";
import { createCarefulGateway } from "../../bench/rivals/careful-gateway.js";
import type { RivalGateway } from "../../bench/rivals/schema.js";
import { createTutorialGateway } from "../../bench/rivals/tutorial-gateway.js";
import { STANDARD_SCREEN, post } from "../../bench/screen.js";
import { createUpstream } from "../../bench/upstream/upstream.js";
import type { Upstream } from "../../bench/upstream/upstream.js";
import { startGateway } from "../support/gateway.js";

let upstream: Upstream;
let careful: RivalGateway;
let tutorial: RivalGateway;

beforeAll(async () => {
  upstream = await createUpstream();
  careful = await createCarefulGateway(upstream.url, 0);
  tutorial = await createTutorialGateway(upstream.url);
});

afterAll(async () => {
  await careful.close();
  await tutorial.close();
  await upstream.close();
});

async function startEtna(names: readonly string[]): Promise<string> {
  const gateway = await startGateway({
    lava: names.map((name) => ({ name, url: upstream.url, publisher: upstream.eventUrl, tokens: "shared" as const })),
  });
  onTestFinished(() => gateway.close());
  return `${gateway.origin}/graphql`;
}

it("counts what Etna and its rivals ask for the standard screen", async () => {
  const names = ["a", "b", "c", "d"];
  const rows = await requestRows({
    upstream,
    etna: await startEtna(names),
    careful: careful.url,
    tutorial: tutorial.url,
    fresh: nextOf(names),
    patient: false,
  });
  expect(rows.slice(0, 2).map(({ beside }) => beside)).toEqual(["careful 103, tutorial 301", "careful 103"]);
  const reached = rows.filter((row) => row.reached).map(({ figure }) => figure);
  expect(reached).toEqual(
    expect.arrayContaining(["the same, anonymous", "requests at the upstream at once, 32 clients, 8 cold pages"]),
  );
}, 60_000);

it("measures rivals that answer what Etna answers", async () => {
  const [etna = [], ...rivals] = await Promise.all(
    [await startEtna(["a"]), careful.url, tutorial.url].map(async (url) =>
      casesIn(await post({ url, token: upstream.token }, STANDARD_SCREEN)),
    ),
  );
  expect(etna).toHaveLength(50 * 3 * 10);
  expect(rivals).toEqual([etna, etna]);
});

function* nextOf(names: readonly string[]): Generator<string, string, undefined> {
  yield* names;
  throw new Error("more names are needed");
}

/** Each case with its suite, job and device, as words that LAVA and Etna write alike. */
function casesIn(answer: string): string[] {
  const { data } = JSON.parse(answer);
  return data.testJobs.nodes
    .flatMap((job: any) =>
      job.suites.flatMap((suite: any) =>
        suite.cases.nodes.map((one: any) =>
          [
            job.jobId,
            job.device.hostname,
            job.device.deviceType.name,
            suite.name,
            one.name,
            one.result,
            one.measurement,
          ]
            .join(" ")
            .toLowerCase(),
        ),
      ),
    )
    .sort();
}
