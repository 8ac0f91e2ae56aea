// The demo's lab and farm over hours, on a clock that the test drives: each image is tested, one regresses and is mended,
// the boards move, and nothing grows without end.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Farm } from "../../src/sandbox/cuirass/farm.js";
import type { Build } from "../../src/sandbox/cuirass/farm.js";
import { fillHistory } from "../../src/sandbox/cuirass/history.js";
import { Life } from "../../src/sandbox/cuirass/live.js";
import { ImageTests } from "../../src/sandbox/lava/image-tests.js";
import { LabLife } from "../../src/sandbox/lava/lab-life.js";
import type { Job } from "../../src/sandbox/lava/model.js";
import { JobPlayer } from "../../src/sandbox/lava/player.js";
import { EventPublisher } from "../../src/sandbox/lava/publisher.js";
import { LavaStore } from "../../src/sandbox/lava/store.js";

const JOBS_MAX = 700;
/** Of the demo: long enough that the oldest jobs and builds are dropped. Each takes some 10 seconds. */
const HOURS = Number(process.env.ETNA_DEMO_HOURS ?? "1.25");
const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const pageOf = ({ id }: Build) => `http://127.0.0.1/build/${id}/details`;
const imagesOf = (farm: Farm) =>
  [...farm.builds.values()].filter(({ jobset, status }) => jobset === "images" && status === 0);
const testsOf = (store: LavaStore, build: Build) =>
  store.jobs().filter(({ definition }) => definition.includes(`build-url: ${pageOf(build)}\n`));
const failsOf = (job: Job) =>
  job.suites
    .flatMap(({ name, cases }) => (name === "lava" ? [] : cases))
    .filter(({ message }) => message.result === "fail");

test(
  "goes on for hours: every image is tested, one test breaks and is mended, and its size stays",
  async () => {
    const farm = new Farm(1_200);
    const seconds = () => Math.floor(Date.now() / 1000);
    fillHistory(farm, 20, seconds());
    const publisher = new EventPublisher(0);
    const store = new LavaStore("2023.01", undefined, JOBS_MAX);
    const player = new JobPlayer(store, publisher, true);
    const lab = new LabLife(store, player, new ImageTests());
    const built = new Set<Build>();
    farm.onSuccess = (build) => {
      built.add(build);
      lab.test({
        ...{ buildUrl: pageOf(build), buildId: build.id, derivation: build.derivation },
        ...{
          storePath: `/gnu/store/${"a".repeat(32)}-${build.id}`,
          evaluation: build.evaluation,
          commit: "0".repeat(40),
        },
        ...{ job: build.job, jobset: build.jobset, finishedAt: build.stoptime },
      });
    };
    const life = new Life(farm, seconds);
    lab.start();

    /** Whether the test failed, by the boards' type and in the order of the builds: 1 for a failure. */
    const story = new Map<string, string>();
    const ends = new Set<string>();
    let minutesWithoutBoard = 0;
    let linesMost = 0;
    let minutes = 0;
    for (; minutes < HOURS * 60; minutes += 1) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
      for (const image of imagesOf(farm)) {
        if (built.has(image))
          expect(testsOf(store, image), `of build ${image.id}, ${image.job}, after ${minutes} minutes`).not.toEqual([]);
      }
      if (!store.devices.some(({ state }) => state === "Running")) minutesWithoutBoard += 1;
      expect(store.jobs().length).toBeLessThanOrEqual(JOBS_MAX);
      expect(farm.builds.size).toBeLessThan(1_500);
      expect(farm.evaluations.size).toBeLessThan(90);
      linesMost = Math.max(
        linesMost,
        store.jobs().reduce((sum, { log }) => sum + log.length, 0),
      );
    }
    for (const image of imagesOf(farm)) {
      for (const job of testsOf(store, image)) {
        if (job.state !== "Finished") continue;
        ends.add(job.health);
        const key = `${image.job} on ${job.deviceType}`;
        const broken = failsOf(job).some(({ message }) => message.case === "rtcpie");
        if (job.health === "Complete") story.set(key, `${story.get(key) ?? ""}${broken ? 1 : 0}`);
      }
    }
    life.stop();
    lab.stop();
    player.close();
    expect(story.get("pinebook-pro-image.x86_64-linux on bcm2711-rpi-4-b")).toMatch(/01+0/);
    expect(story.get("qcow2-image.x86_64-linux on qemu")).toMatch(/^0+$/);
    expect([...ends].sort()).toEqual(expect.arrayContaining(["Complete", "Incomplete"]));
    expect(minutesWithoutBoard / minutes).toBeLessThan(0.2);
    expect(linesMost).toBeLessThan(500_000);
  },
  60_000 + HOURS * 120_000,
);
