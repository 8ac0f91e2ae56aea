// The cursor over finished builds, over the sandbox.

import { afterEach, beforeEach, expect, test } from "vitest";
import { FinishedBuilds } from "../../../src/cuirass/live/finished-builds.js";
import type { BuildScope } from "../../../src/cuirass/live/build-scope.js";
import { parseQueryText } from "../../../src/cuirass/protocol/ids.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { connect } from "../connect.js";
import type { Connected } from "../connect.js";

let cuirass: CuirassSandbox;
let connected: Connected;
let finished: FinishedBuilds;

beforeEach(async () => {
  cuirass = await createCuirassSandbox();
  connected = connect(cuirass.url);
  finished = new FinishedBuilds(connected.client);
});
afterEach(async () => {
  await connected.close();
  await cuirass.close();
});

const MASTER: BuildScope = { specification: parseQueryText("master") ?? undefined };

/** Ids of what is news, in the order in which they are told. */
async function news(scope: BuildScope, serverTime: number | null = null): Promise<number[]> {
  const ids: number[] = [];
  for await (const { build, isNews } of finished.read(scope, serverTime)) if (isNews) ids.push(build.id);
  return ids;
}

function schedule(specification: string, count: number): number[] {
  const ids: number[] = [];
  while (ids.length < count) {
    ids.push(...cuirass.endEvaluation(cuirass.startEvaluation(specification), "succeeded"));
  }
  return ids;
}

test("tells what has ended since the first read, each once", async () => {
  const [one = 0, two = 0] = schedule("master", 2);
  expect(await news(MASTER)).toEqual([]);
  cuirass.advance(two, "failed");
  cuirass.advance(one, "succeeded");
  expect(await news(MASTER)).toEqual([one, two]);
  expect(await news(MASTER)).toEqual([]);
  cuirass.advance(one, "restarted");
  finished.reopen(one);
  cuirass.advance(one, "succeeded");
  expect(await news(MASTER)).toEqual([one]);
});

test("asks for ever shorter times until Cuirass leaves nothing out", async () => {
  const ids = schedule("master", 2_500);
  const now = Math.floor(Date.now() / 1_000);
  await news({}, now);
  for (const id of ids) cuirass.advance(id, "succeeded");
  cuirass.requests.reset();
  expect(await news({}, now)).toEqual(ids.toSorted((a, b) => a - b));
  expect(cuirass.requests.counts()["GET /api/latestbuilds"]).toBeGreaterThan(3);
}, 30_000);

test("looks back a minute, since builds come to light later than they end", async () => {
  const [build] = await connected.client.latestBuilds(MASTER, 1);
  const end = Math.floor(Date.now() / 1_000);
  const paths: string[] = [];
  let shown: unknown[] = [{ ...build, id: 9_001, stoptime: end }];
  cuirass.fault = ({ path }) => {
    paths.push(path);
    return { kind: "json", body: shown };
  };
  await news(MASTER, end - 10);
  shown = [...shown, { ...build, id: 9_002, stoptime: end - 40 }];
  expect(await news(MASTER, end)).toEqual([9_002]);
  expect(paths[1]).toContain(`&border-low-time=${end - 60}&border-low-id=0`);
});

test("when it is widened, begins the wider scope at present, and first tells what the narrower one has missed", async () => {
  const [image = 0, again = 0] = schedule("images", 2);
  const [old = 0, other = 0] = schedule("master", 2);
  const images: BuildScope = { specification: parseQueryText("images") ?? undefined };
  await news(images);
  cuirass.advance(image, "succeeded");
  cuirass.advance(old, "succeeded");
  expect(await news({})).toEqual([image]);
  cuirass.advance(again, "failed");
  cuirass.advance(other, "failed");
  expect((await news({})).toSorted((a, b) => a - b)).toEqual([again, other].toSorted((a, b) => a - b));
});

test("when it is widened after a long silence, loses nothing of it", async () => {
  const [image = 0] = schedule("images", 1);
  await news({ specification: parseQueryText("images") ?? undefined });
  cuirass.advance(image, "succeeded");
  const later = Math.floor(Date.now() / 1_000) + 3_600;
  expect(await news({}, later)).toEqual([image]);
});
