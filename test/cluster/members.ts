// Gateways of a cluster without their servers: the log and the budget over a real Redis.

import type { TestContext } from "vitest";
import { vi } from "vitest";
import { RedisCluster } from "../../src/cluster/redis/cluster.js";
import type { ClusterNotice, LabName } from "../../src/cluster/cluster.js";
import type { EventLog } from "../../src/events/event-log.js";
import { Secret } from "../../src/net/secret.js";

/** As LAVA's events are, as far as the log goes. */
export interface Heard {
  readonly uuid: string;
  readonly text: string;
}

export const LAB: LabName = { name: "lab", url: "http://lab.example" };
export const SECRET = "a secret of the tests";

export interface Member {
  readonly cluster: RedisCluster;
  readonly log: EventLog<Heard>;
  /** What has been told, in order; a gap as `gap`. */
  readonly told: readonly string[];
  /** Whether somebody else hears the bus. */
  readonly elsewhere: () => boolean;
  readonly notices: readonly ClusterNotice["kind"][];
  hear(text: string): void;
  close(): Promise<void>;
}

export interface MemberOptions {
  readonly secret?: string;
  readonly lab?: LabName;
  /** As whom it comes to Redis, with the password `a password`; as the default user where absent. */
  readonly user?: string;
}

export async function startMember(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  url: string,
  { secret = SECRET, lab = LAB, user }: MemberOptions = {},
): Promise<Member> {
  const notices: ClusterNotice["kind"][] = [];
  const cluster = new RedisCluster({
    address: {
      url: new URL(url),
      username: user ?? null,
      password: user === undefined ? null : new Secret("a password"),
    },
    secret: new Secret(secret),
    ...{ name: "test", required: false },
    onNotice: ({ kind }) => void notices.push(kind),
  });
  const log = cluster.openLog<Heard>(lab);
  const told: string[] = [];
  const seen = new Set<string>();
  let elsewhere = false;
  log.listen({
    event: (event) => {
      if (seen.has(event.uuid)) return;
      seen.add(event.uuid);
      told.push(event.text);
    },
    gap: () => undefined,
    heardElsewhere: (heard) => (elsewhere = heard),
  });
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    log.close();
    await cluster.close();
  };
  onTestFinished(close);
  await cluster.start();
  return {
    ...{ cluster, log, told, notices, close },
    elsewhere: () => elsewhere,
    hear: (text) => log.append({ uuid: `uuid of ${text}`, text }, seen.has(`uuid of ${text}`)),
  };
}

/** What a member would give to a subscriber that comes back: null where something may be missing. */
export function missed(member: Member, cursor: string): readonly string[] | null {
  const number = member.log.cursors.open(cursor);
  return member.log.ring.after(number ?? -1)?.map(({ event }) => event.text) ?? null;
}

export function cursorOf(member: Member): string {
  return member.log.cursors.seal(member.log.ring.last);
}

export async function until(assertion: () => void, timeout = 20_000): Promise<void> {
  await vi.waitFor(assertion, { timeout, interval: 20 });
}
