// The bus is connected before its publisher knows what it is to send: an event of that time is lost, so that what was
// read meanwhile must not be kept.

import { expect, test, vi } from "vitest";
import { EventFeed } from "../../../src/ci/enums.js";
import { ANONYMOUS } from "../../../src/ci/viewer.js";
import { createLava } from "../../../src/lava/index.js";
import { LavaFeed } from "../../../src/lava/live/feed.js";
import { createAsk } from "../../../src/net/ask.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../../support/entries.js";
import { startTcpProxy } from "../../support/tcp-proxy.js";

test("what is read between the bus' return and its subscription is given up once it is subscribed, each time", async (scope) => {
  const sandbox = await createLavaSandbox({ jobs: 0 });
  const proxy = await startTcpProxy(Number(new URL(sandbox.eventUrl).port));
  const url = new URL(sandbox.url);
  const lava = createLava([{ ...ANONYMOUS_ENTRY, url, events: "poll" }]);
  const { client } = lava.createSession(ANONYMOUS).view(null);
  /** Where events came from when the cache was told that some may have been missed. */
  const gaps: EventFeed[] = [];
  const feed = new LavaFeed({
    ...{ client, url, events: "zmq", publisher: `tcp://127.0.0.1:${proxy.port}`, websocket: null, insecure: false },
    ask: () => createAsk(null),
    onGap: () => gaps.push(feed.status().source),
  });
  scope.onTestFinished(async () => {
    await feed.close();
    await lava.close();
    await proxy.close();
    await sandbox.close();
  });
  feed.start();
  // At once, and again when the subscription has arrived.
  const told = (count: number) =>
    vi.waitFor(() => expect(gaps.filter((source) => source === EventFeed.ZMQ)).toHaveLength(count), {
      timeout: 10_000,
    });
  await told(2);
  proxy.cut();
  await vi.waitFor(() => expect(feed.status().source).toBe(EventFeed.POLL), { timeout: 10_000 });
  proxy.mend();
  await told(4);
});
