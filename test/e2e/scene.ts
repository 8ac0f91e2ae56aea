// What several end-to-end scenarios need: a free port, the live state of a server, the words of an answer.

import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, vi } from "vitest";
import type { GraphQLAnswer, Subscribed, TestGateway } from "../support/gateway.js";

export const FOLLOW = `subscription ($jobId: ID!, $server: String) {
  testJobUpdates(jobIds: [$jobId], server: $server) { state health source testJob { jobId device { hostname } finishedAt } }
}`;

/** A change as a subscriber sees it: `RUNNING UNKNOWN`, and how Etna learned of it. */
export interface Step {
  readonly change: string;
  readonly source: string;
}

/** A port that nobody listened on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export interface Events {
  readonly source: string;
  readonly connected: boolean;
  readonly lastEventAt: string | null;
  readonly received: number;
  readonly dropped: number;
}

/** How news of the first configured server come. */
export async function eventsOf(gateway: TestGateway): Promise<Events> {
  const { data } = await gateway.query(`{ servers { events { source connected lastEventAt received dropped } } }`);
  return data.servers[0].events as Events;
}

/** Waits until the publisher is, or is no more, connected. */
export async function untilConnected(gateway: TestGateway, connected = true): Promise<void> {
  await vi.waitFor(async () => expect((await eventsOf(gateway)).connected).toBe(connected), {
    timeout: 15_000,
    interval: 20,
  });
}

export async function nextStep(updates: Subscribed<Record<string, any>>): Promise<Step | undefined> {
  const result = await updates.next();
  expect(result?.errors).toBeUndefined();
  return result?.data === undefined || result.data === null ? undefined : toStep(result.data);
}

/** All steps that are left, until the subscription completes. */
export async function restSteps(updates: Subscribed<Record<string, any>>): Promise<Step[]> {
  const steps: Step[] = [];
  for (let step = await nextStep(updates); step !== undefined; step = await nextStep(updates)) steps.push(step);
  return steps;
}

function toStep(data: Record<string, any>): Step {
  const { state, health, source } = data.testJobUpdates;
  return { change: `${String(state)} ${String(health)}`, source: String(source) };
}

/** Each error as `path: code`, or `(no path) server: code` for one of the whole operation. */
export function codesOf(answer: GraphQLAnswer<unknown>): string[] {
  return answer.errors
    .map(({ path, extensions }) =>
      path === undefined
        ? `(no path) ${String(extensions.server)}: ${String(extensions.code)}`
        : `${path.join(".")}: ${String(extensions.code)}`,
    )
    .sort();
}
