// The configured servers of one system, and what another configuration does to them.

import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ServerList } from "../../src/ci/server-list.js";
import type { ConfiguredServer } from "../../src/ci/server-list.js";

interface Options {
  readonly name: string;
  readonly url: string;
  readonly limit?: number;
}

function setUp(options: readonly Options[]) {
  const events: string[] = [];
  let made = 0;
  const list = new ServerList(options, ({ name, url }): ConfiguredServer<Options> & { readonly id: string } => {
    made += 1;
    const id = `${name}#${made}`;
    return {
      name,
      id,
      adopt: (next) => next.url === url,
      start: () => void events.push(`${id} starts`),
      retire: (error) => void events.push(`${id} ends: ${error.message}`),
      close: () => {
        events.push(`${id} closes`);
        return Promise.resolve();
      },
    };
  });
  const ids = () => list.servers.map(({ id }) => id);
  return { list, events, ids };
}

describe("ServerList", () => {
  it("keeps what is the same or can adopt it, makes the rest anew, and has the new order", () => {
    const { list, events, ids } = setUp([
      { name: "a", url: "1" },
      { name: "b", url: "1" },
      { name: "c", url: "1" },
      { name: "d", url: "1" },
    ]);
    list.start();
    events.length = 0;
    const changes = list.replace([
      { name: "e", url: "1" },
      { name: "c", url: "2" },
      { name: "b", url: "1", limit: 5 },
      { name: "a", url: "1" },
    ]);
    expect(changes).toEqual({ added: ["e"], adopted: ["b"], replaced: ["c"], removed: ["d"] });
    expect(ids()).toEqual(["e#5", "c#6", "b#2", "a#1"]);
    expect(events).toEqual([
      "e#5 starts",
      "c#6 starts",
      "c#3 ends: c: events: the gateway's configuration has changed; subscribe again",
      "d#4 ends: d: events: the gateway's configuration does not have this server any more",
    ]);
  });

  it("closes what has left a minute later, and not before", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { list, events } = setUp([{ name: "a", url: "1" }]);
    list.replace([]);
    vi.advanceTimersByTime(59_000);
    expect(events).not.toContain("a#1 closes");
    vi.advanceTimersByTime(2_000);
    expect(events).toContain("a#1 closes");
  });

  it("closes them all when it is closed, and takes nothing over after that", async () => {
    const { list, events, ids } = setUp([
      { name: "a", url: "1" },
      { name: "b", url: "1" },
    ]);
    list.replace([{ name: "b", url: "1" }]);
    await list.close();
    expect(events.slice(-2).sort()).toEqual(["a#1 closes", "b#2 closes"]);
    list.replace([{ name: "z", url: "1" }]);
    expect(ids()).toEqual(["b#2"]);
  });
});
