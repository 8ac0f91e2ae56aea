// The live page in an afternoon of a busy lab: its memory does not grow with the updates, four for each test job.

import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { IS_LONG } from "../../steady/form.js";
import { HEAP_MAX, heapOf, settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

/** The long form (`ETNA_STEADY=long`) did not end within five minutes on two cores; the short one takes some ten seconds. */
const UPDATES = IS_LONG ? 100_000 : 10_000;
const READ = { timeout: 600_000 };
/** Of each job: it waits, it has its board, it runs, it has ended. */
const LIFE = [
  ["SUBMITTED", "UNKNOWN"],
  ["SCHEDULED", "UNKNOWN"],
  ["RUNNING", "UNKNOWN"],
  ["FINISHED", "COMPLETE"],
] as const;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});

afterAll(async () => {
  await lab.close();
});

it("holds 60 MB at most, however many updates come", async () => {
  const { routes, send } = injectable();
  const visitor = await lab.open("/", {}, routes);
  const { page } = visitor;
  await settle(page);
  const before = await heapOf(page);
  for (let at = 0; at < UPDATES; at += 1) send(updateOf(at));
  send(updateOf(UPDATES));
  // It waits in the queue of the wall, so all before it have been read.
  await expect.poll(() => page.locator(".p-queue").innerText(), READ).toContain("type-of-the-last");
  const after = await heapOf(page);
  expect(after).toBeGreaterThan(before / 4);
  expect(after).toBeLessThanOrEqual(HEAP_MAX);
  await visitor.close();
}, 900_000);

function updateOf(at: number): object {
  const number = 100_000 + Math.floor(at / LIFE.length);
  const [state, health] = LIFE[at % LIFE.length] ?? LIFE[0];
  const type = at === UPDATES ? "type-of-the-last" : "juno";
  const time = "2026-11-10T13:00:00Z";
  return {
    testJobUpdates: {
      ...{ __typename: "TestJobUpdate", cursor: `c${at}`, cursorExpired: false, source: "EVENT" },
      ...{ state, health, resultsReady: state === "FINISHED" },
      testJob: {
        ...{ __typename: "TestJob", id: `job-${number}`, jobId: String(number), name: `job ${number}`, state, health },
        ...{ createdAt: time, startedAt: null, finishedAt: null, priority: 50, submitter: "alice", healthCheck: false },
        deviceType: { __typename: "DeviceType", id: `type-${type}`, name: type },
        device: null,
        server: { __typename: "LavaServer", id: "server-lava", name: "lava" },
      },
    },
  };
}

/** Stands between page and gateway, and adds values to the subscription of all test jobs. */
function injectable() {
  let socket: WebSocketRoute | null = null;
  let id = "";
  return {
    routes: (page: Page) =>
      page.routeWebSocket(/\/graphql$/, (opened) => {
        const server = opened.connectToServer();
        opened.onMessage((message) => {
          const frame = JSON.parse(String(message)) as { id?: string; payload?: { query?: string } };
          if (frame.payload?.query?.includes("subscription JobUpdates") === true) {
            socket = opened;
            id = frame.id ?? "";
          }
          server.send(message);
        });
      }),
    send: (data: object) => socket?.send(JSON.stringify({ id, type: "next", payload: { data } })),
  };
}
