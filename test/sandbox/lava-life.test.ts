// The life of jobs in the sandbox LAVA: states, results, logs and events as lava.md sections 2 and 7 and play-worker have them.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Subscriber } from "zeromq";
import { createLavaSandbox, type LavaSandbox, type LavaSandboxOptions } from "../../src/sandbox/lava/index.js";

interface Event {
  readonly frames: readonly string[];
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const PLAYED = `job_name: played job
visibility: public
priority: medium
timeouts: {job: {minutes: 5}, action: {minutes: 3}, connection: {minutes: 2}}
metadata: {play-seconds: '0.2', play-suites: '2', play-cases: '12', play-lines: '200', play-event: half way}
device_type: docker
tags: [played]
actions:
- deploy: {to: docker, image: {name: 'debian:12'}}
`;

const QUEUED = PLAYED.replace("docker\ntags: [played]", "beaglebone-black\ntags: [usb-eth]");

const MULTINODE = `job_name: pair
visibility: public
priority: medium
timeouts: {job: {minutes: 5}}
protocols:
  lava-multinode:
    roles:
      server: {device_type: qemu, count: 1}
      client: {device_type: qemu, count: 1}
actions:
- deploy: {role: [server, client], to: tmpfs, images: {kernel: {url: file:///vmlinuz}}}
- test:
    role: [server]
    definitions:
    - {from: inline, name: serve, repository: {run: {steps: [lava-test-case served --result pass]}}}
`;

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: LavaSandboxOptions = {}): Promise<LavaSandbox> {
  const lava = await createLavaSandbox({ jobs: 0, ...options });
  closers.push(() => lava.close());
  return lava;
}

function toEvent(frames: readonly string[]): Event {
  const [topic = "", , , , data = "{}"] = frames;
  return { frames, kind: topic.split(".").at(-1) ?? "", data: JSON.parse(data) as Record<string, unknown> };
}

interface Listener {
  /** Resolves when a probe has arrived: the subscriber is connected. */
  ready(): Promise<void>;
  /** All events up to the first that will do. */
  until(done: (event: Event) => boolean): Promise<Event[]>;
}

async function listen(lava: LavaSandbox): Promise<Listener> {
  const socket = new Subscriber();
  closers.push(() => socket.close());
  socket.connect(lava.eventUrl);
  socket.subscribe("");
  const listener: Listener = {
    async ready() {
      const probing = setInterval(() => void lava.publisher.sendRaw(["probe"]), 20);
      await socket.receive();
      clearInterval(probing);
    },
    async until(done) {
      const events: Event[] = [];
      for await (const frames of socket) {
        if (frames.length !== 5) continue;
        const event = toEvent(frames.map(String));
        events.push(event);
        if (done(event)) break;
      }
      return events;
    },
  };
  await listener.ready();
  return listener;
}

const finished = ({ kind, data }: Event): boolean => kind === "testjob" && data["state"] === "Finished";
const told = ({ kind, data }: Event): string =>
  `${kind} ${String(data["state"] ?? data["message"])}${"job" in data ? ` ${String(data["job"])}` : ""}`;

function recorded(name: string): Event[] {
  const text = readFileSync(new URL(`../fixtures/lava/events/${name}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => toEvent(JSON.parse(line) as string[]));
}

async function get(lava: LavaSandbox, path: string, user: "admin" | "alice" | "bob" = "alice"): Promise<unknown> {
  const headers = { authorization: `Token ${lava.users[user].token}`, accept: "application/json" };
  return (await fetch(`${lava.url}/api/v0.2/${path}`, { headers })).json();
}

describe("a played job", () => {
  it("tells its life in the recorded order, with the recorded fields", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id] = lava.submit("alice", PLAYED);
    const seen = await events.until(finished);
    const real = recorded("job-with-lava-event.jsonl");
    expect(seen.map((event) => told(event).replace(String(id), "N"))).toEqual(
      real.map((event) => told(event).replace("2011", "N")),
    );
    for (const [index, event] of seen.entries()) {
      expect(Object.keys(event.data)).toEqual(Object.keys(real[index]?.data ?? {}));
      expect(event.frames[0]).toBe(real[index]?.frames[0]);
      expect(event.frames[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(event.frames[2]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
      expect(event.frames[3]).toBe(real[index]?.frames[3]);
    }
  });

  it("has play-worker's results and log", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit("alice", PLAYED);
    await events.until(finished);
    const tests = (await get(lava, `jobs/${id}/tests/?ordering=id&limit=100`)) as {
      results: Record<string, unknown>[];
    };
    expect(tests.results).toHaveLength(26);
    expect(tests.results[7]).toMatchObject({ name: "case-6", result: "fail", start_log_line: 210, end_log_line: 211 });
    expect(tests.results[11]).toMatchObject({ name: "case-10", result: "skip" });
    expect(tests.results[5]).toMatchObject({
      name: "case-4",
      measurement: "6.0000000000",
      unit: "ms",
      metadata: "case: case-4\ndefinition: 0_played\nmeasurement: '6.00'\nresult: pass\nunits: ms\n",
    });
    const log = await (await fetch(`${lava.url}/api/v0.2/jobs/${id}/logs/`)).text();
    const lines = log.trimEnd().split("\n");
    expect(lines).toHaveLength(229);
    expect(lines[3]).toContain('"lvl": "debug", "msg": "half way"}');
    expect(lines[4]).toContain(`"msg": "[   0.000] played line 0 of job ${id}"}`);
    expect(lines[226]).toContain(
      '"msg": {"starttc": "226", "endtc": "227", "case": "case-10", "definition": "1_played", "result": "skip"}}',
    );
  });

  it("grows its log in batches and shows the device's states on the way", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit("alice", PLAYED.replace("'0.2'", "'1'"));
    await events.until(({ kind, data }) => kind === "testjob" && data["state"] === "Running");
    const device = lava.job(Number(id))?.device ?? "";
    expect(await get(lava, `devices/${device}/`)).toMatchObject({ state: "Running" });
    await events.until(({ kind }) => kind === "event");
    const early = lava.job(Number(id))?.logLines ?? 0;
    await events.until(finished);
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(lava.job(Number(id))?.logLines ?? 0);
    expect(await get(lava, `devices/${device}/`)).toMatchObject({ state: "Idle" });
  });

  it("ends Incomplete with the error its metadata asks for", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit(
      "bob",
      PLAYED.replace("play-event: half way", "play-result: fail, play-error: Infrastructure"),
    );
    const seen = await events.until(finished);
    expect(seen.at(-1)?.data).toMatchObject({ health: "Incomplete" });
    const { results } = (await get(lava, `jobs/${id}/tests/?name=job`)) as { results: Record<string, unknown>[] };
    expect(results[0]?.["metadata"]).toBe(
      "case: job\ndefinition: lava\nerror_msg: played error\nerror_type: Infrastructure\nresult: fail\n",
    );
  });

  it("is canceled while it runs, in the recorded order", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit("alice", PLAYED.replace("'0.2'", "'60'").replace(", play-event: half way", ""));
    const before = await events.until(({ kind, data }) => kind === "testjob" && data["state"] === "Running");
    expect(await get(lava, `jobs/${id}/cancel/`, "bob")).toEqual({
      detail: "You do not have permission to perform this action.",
    });
    await get(lava, `jobs/${id}/cancel/`);
    const after = await events.until(finished);
    const real = recorded("job-canceled-while-running.jsonl").map((event) => told(event).replace("2010", "N"));
    expect([...before, ...after].map((event) => told(event).replace(id, "N"))).toEqual(real);
    expect(lava.job(Number(id))).toMatchObject({ state: "Finished", health: "Canceled" });
  });

  it("waits while both boards are busy", async () => {
    const lava = await start();
    const events = await listen(lava);
    const long = PLAYED.replace("'0.2'", "'60'");
    const ids = [long, long, PLAYED].map((definition) => Number(lava.submit("alice", definition)[0]));
    for (let running = 0; running < 2; running++) {
      await events.until(({ kind, data }) => kind === "testjob" && data["state"] === "Running");
    }
    expect(ids.map((id) => lava.job(id)?.state)).toEqual(["Running", "Running", "Submitted"]);
    await get(lava, `jobs/${ids[0]}/cancel/`);
    await events.until(
      ({ data, kind }) => kind === "testjob" && data["job"] === ids[2] && data["state"] === "Finished",
    );
  });
});

describe("other jobs", () => {
  it("keeps jobs for beaglebone-black in the queue, and cancels them there at once", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit("alice", QUEUED);
    await get(lava, `jobs/${id}/cancel/`);
    const seen = await events.until(finished);
    const real = recorded("job-canceled-in-queue.jsonl");
    expect(seen.map(({ data }) => Object.keys(data))).toEqual(real.map(({ data }) => Object.keys(data)));
    const job = (await get(lava, `jobs/${id}/`)) as Record<string, unknown>;
    expect(job["start_time"]).not.toBeNull();
    expect(job["start_time"]).toBe(job["end_time"]);
    expect(job["actual_device"]).toBeNull();
  });

  it("runs a multinode job as the recorded one ran, up to who is first", async () => {
    const lava = await start();
    const events = await listen(lava);
    const ids = lava.submit("alice", MULTINODE);
    const first = ids[0]?.split(".")[0] ?? "";
    expect(ids).toEqual([`${first}.0`, `${first}.1`]);
    let ended = 0;
    const seen = await events.until((event) => finished(event) && ++ended === 2);
    const real = recorded("job-multinode.jsonl");
    const states = (list: readonly Event[]): string[] =>
      list.map(({ kind, data }) => `${kind} ${String(data["state"])}`);
    expect(states(seen).slice(0, 10)).toEqual(states(real).slice(0, 10));
    expect([...states(seen)].sort()).toEqual([...states(real)].sort());
    expect(seen.slice(0, 4).map(({ data }) => data["sub_id"])).toEqual(["", `${first}.0`, "", `${first}.1`]);
    expect(seen.find(({ kind, data }) => kind === "device" && data["state"] === "Running")?.data["job"]).toMatch(
      /\.\d$/,
    );
    const node = (await get(lava, `jobs/${first}/`)) as Record<string, string>;
    expect(node["definition"]).toContain(
      `    roles:\n      '${first}': server\n      '${Number(first) + 1}': client\n    sub_id: 0\n`,
    );
    expect(node["multinode_definition"]).toBe(MULTINODE);
  });

  it("is submitted again from its own definition, all nodes together", async () => {
    const lava = await start();
    const [first = ""] = lava.submit("alice", MULTINODE);
    const again = async (id: string): Promise<[number, unknown]> => {
      const headers = { authorization: "Token bob-sandbox-token" };
      const response = await fetch(`${lava.url}/api/v0.2/jobs/${id}/resubmit/`, { method: "POST", headers });
      return [response.status, await response.json()];
    };
    const message = "job(s) successfully submitted";
    expect(await again(first.replace(".0", ""))).toEqual([201, { message, job_ids: ["3.0", "3.1"] }]);
    const [queued = ""] = lava.submit("alice", QUEUED);
    expect(await again(queued)).toEqual([201, { message, job_ids: [6] }]);
    expect(lava.job(6)).toMatchObject({ submitter: "bob", description: "played job", deviceType: "beaglebone-black" });
  });

  it("reads results from the definition of a qemu job", async () => {
    const lava = await start();
    const events = await listen(lava);
    const steps = [
      "lava-test-case uname --shell uname -a",
      "lava-test-case no-such-tool --shell no-such-tool",
      "lava-test-case boot-time --result pass --measurement 4.25 --units s",
      "lava-test-set start memory",
      "lava-test-case swap --result unknown",
      "lava-test-set stop",
      'lava-test-event "on the way"',
    ];
    const test = { definitions: [{ from: "inline", name: "smoke", repository: { run: { steps } } }] };
    const [id = ""] = lava.submit(
      "alice",
      `job_name: guest\nvisibility: public\ntimeouts: {}\ndevice_type: qemu\nactions: [{test: ${JSON.stringify(test)}}]\n`,
    );
    const seen = await events.until(finished);
    expect(seen.map(told)).toContain(`event on the way ${id}`);
    const { results } = (await get(lava, `jobs/${id}/tests/?suite__name=0_smoke&ordering=id`)) as {
      results: Record<string, unknown>[];
    };
    expect(
      results.map(({ name, result, measurement, unit, test_set }) => [
        name,
        result,
        measurement,
        unit,
        test_set !== null,
      ]),
    ).toEqual([
      ["uname", "pass", null, "", false],
      ["no-such-tool", "fail", null, "", false],
      ["boot-time", "pass", "4.2500000000", "s", false],
      ["swap", "unknown", null, "", true],
    ]);
  });

  it("ends Incomplete with type Job when an image does not exist", async () => {
    const lava = await start();
    const events = await listen(lava);
    const [id = ""] = lava.submit(
      "alice",
      "job_name: bad\nvisibility: public\ntimeouts: {}\ndevice_type: qemu\nactions: [{deploy: {images: {kernel: {url: 'file:///no-such-kernel'}}}}]\n",
    );
    await events.until(finished);
    const { results } = (await get(lava, `jobs/${id}/tests/?name=job`)) as { results: Record<string, string>[] };
    expect(results[0]?.["metadata"]).toContain("error_type: Job\n");
  });
});

describe("a test's own hand", () => {
  it("moves a job through all states with its events", async () => {
    const lava = await start();
    const events = await listen(lava);
    const id = Number(lava.submit("alice", QUEUED)[0]);
    await lava.advance(id, "Running");
    expect(lava.job(id)).toMatchObject({ state: "Running", device: "bbb-01" });
    await lava.advance(id, "Finished", { health: "Incomplete" });
    const seen = await events.until(finished);
    expect(seen.map(told)).toEqual(
      recorded("job-incomplete.jsonl").map((event) => told(event).replace("2005", String(id))),
    );
    await expect(lava.advance(id, "Running")).rejects.toThrow("already Finished");
  });

  it("moves silently, or tells before the change can be read", async () => {
    const lava = await start();
    const events = await listen(lava);
    const id = Number(lava.submit("alice", QUEUED)[0]);
    await lava.advance(id, "Running", { silent: true });
    const ending = lava.advance(id, "Finished", { event: "early" });
    const seen = await events.until(finished);
    expect(lava.job(id)?.state).toBe("Running");
    expect(seen.map(told)).toEqual([`testjob Submitted ${id}`, `testjob Finished ${id}`]);
    await ending;
    expect(lava.job(id)?.state).toBe("Finished");
  });
});

describe("the publisher", () => {
  it("sends the same to websockets at /ws/, as lists of five strings", async () => {
    const lava = await start();
    const socket = new WebSocket(`${lava.url.replace("http", "ws")}/ws/`);
    closers.push(() => socket.terminate());
    await new Promise((resolve) => socket.once("open", resolve));
    const message = new Promise<string>((resolve) =>
      socket.once("message", (data: Buffer) => resolve(data.toString())),
    );
    lava.submit("bob", QUEUED);
    const frames = JSON.parse(await message) as string[];
    expect(frames).toHaveLength(5);
    expect(toEvent(frames).data).toMatchObject({ state: "Submitted", submitter: "bob" });
  });

  it("loses events while it is stopped and comes back on the same port", async () => {
    const lava = await start();
    const events = await listen(lava);
    await lava.publisher.stop();
    lava.submit("alice", QUEUED);
    await lava.publisher.start();
    await events.ready();
    const [id = ""] = lava.submit("alice", QUEUED);
    expect((await events.until(({ kind }) => kind === "testjob")).map(told)).toEqual([`testjob Submitted ${id}`]);
  });

  it("does not run on a server without notifications", async () => {
    const lava = await start({ events: false });
    const socket = new WebSocket(`${lava.url.replace("http", "ws")}/ws/`);
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("503");
    expect(await get(lava, "system/master_config/")).toMatchObject({ EVENT_NOTIFICATION: false });
  });

  it("tells of a device whose health is set", async () => {
    const lava = await start();
    const events = await listen(lava);
    const headers = { authorization: "Token admin-sandbox-token", "content-type": "application/json" };
    const url = `${lava.url}/api/v0.2/devices/qemu-01/set_health/`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ health: "Maintenance" }) });
    expect([response.status, await response.json()]).toEqual([202, { message: "OK" }]);
    const [seen] = await events.until(() => true);
    const [real] = recorded("device-health.jsonl");
    expect(seen?.data).toEqual(real?.data);
  });
});

describe("a live lab", () => {
  it("forgets the oldest finished jobs above 500", async () => {
    const lava = await start({ jobs: 505 });
    const all = (await get(lava, "jobs/?limit=1&ordering=id", "admin")) as { count: number; results: { id: number }[] };
    expect([all.count, all.results[0]?.id]).toEqual([500, 8]);
  });

  it("submits jobs by itself", async () => {
    const lava = await start({ live: true });
    const events = await listen(lava);
    const seen = await events.until(({ kind, data }) => kind === "testjob" && data["state"] === "Running");
    expect(seen.length).toBeGreaterThan(0);
  });
});
