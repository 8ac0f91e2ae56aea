// LAVA's publisher and LAVA's web go away while a job runs: whoever follows is told its whole life all the same.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import type { TcpProxy } from "../support/tcp-proxy.js";
import type { LavaTarget } from "./lava.contract.js";

const PATIENCE_MS = 120_000;
const LIFE = ["SUBMITTED", "SCHEDULING", "SCHEDULED", "RUNNING", "FINISHED"];
const FOLLOW = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state health source } }`;
const TAIL = `subscription ($run: ID!) { logLines(run: $run) { lines { number } finished } }`;

/** @param start gives the publisher's address, too. */
export function outagesContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`outages of ${name}`, { timeout: PATIENCE_MS }, () => {
    let web: TcpProxy;
    let bus: TcpProxy;
    let gateway: TestGateway;
    let alice: Record<string, string>;
    beforeAll(async () => {
      const { url, eventUrl, tokens } = await start();
      if (eventUrl === null) throw new Error("the contract of outages needs the publisher's address");
      [web, bus] = [
        await startTcpProxy(Number(new URL(url).port)),
        await startTcpProxy(Number(new URL(eventUrl).port)),
      ];
      alice = asUser(tokens.alice);
      gateway = await startGateway({
        lava: [{ url: `http://127.0.0.1:${web.port}`, publisher: `tcp://127.0.0.1:${bus.port}` }],
      });
    });
    afterAll(async () => {
      await gateway.close();
      await Promise.all([web.close(), bus.close()]);
    });

    const untilBusIs = (connected: boolean) =>
      vi.waitFor(
        async () => {
          const { data } = await gateway.query(`{ servers { events { connected } } }`);
          expect(data.servers[0].events.connected).toBe(connected);
        },
        { timeout: PATIENCE_MS / 2, interval: 50 },
      );
    const untilWebIs = (reachable: boolean) =>
      vi.waitFor(
        async () => {
          const { data } = await gateway.query(`{ servers { reachable } }`);
          expect(data.servers[0].reachable).toBe(reachable);
        },
        { timeout: PATIENCE_MS / 2, interval: 50 },
      );

    /** A job of some seconds, with a follower that has its snapshot. */
    const begin = async (seconds: number) => {
      const definition = jobFile("played").replace("play-seconds: '1'", `play-seconds: '${seconds}'`);
      const document = `mutation ($definition: String!) {
        submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds testJobs { id } } } }`;
      const { data, errors } = await gateway.query(document, { definition }, alice);
      expect(errors).toEqual([]);
      const [jobId, run] = [data.submitTestJob.jobIds[0] as string, data.submitTestJob.testJobs[0].id as string];
      const following = gateway.subscribe(FOLLOW, { jobId });
      const states: string[] = [];
      const sources: string[] = [];
      const next = async () => {
        const result = await following.next();
        expect(result?.errors).toBeUndefined();
        const update = result?.data?.testJobUpdates;
        if (update === undefined) return false;
        states.push(update.state as string);
        sources.push(update.source as string);
        return true;
      };
      await next();
      /** To the end, each state once and in order. */
      const rest = async () => {
        while (await next());
        expect(states.at(-1)).toBe("FINISHED");
        expect(states).toEqual([...new Set(states)].sort((a, b) => LIFE.indexOf(a) - LIFE.indexOf(b)));
      };
      return { jobId, run, states, sources, next, rest };
    };

    test("the publisher away: a job is told to its end by polling, and the next one by the bus again", async () => {
      await untilBusIs(true);
      const { rest, sources } = await begin(2);
      bus.cut();
      await untilBusIs(false);
      await rest();
      expect(sources.slice(1)).not.toEqual([]);
      bus.mend();
      await untilBusIs(true);
      const after = await begin(1);
      await after.rest();
      expect(after.sources).toContain("BUS");
    });

    test("the web away: states and log lines wait, and come whole when it is back", async () => {
      await untilBusIs(true);
      const { run, states, next, rest } = await begin(3);
      while (states.at(-1) !== "RUNNING" && (await next()));
      const tail = gateway.subscribe(TAIL, { run });
      const first = await tail.next();
      web.cut();
      await untilWebIs(false);
      web.mend();
      await untilWebIs(true);
      await rest();
      const results = [first, ...(await tail.rest())];
      expect(results.flatMap((result) => result?.errors ?? [])).toEqual([]);
      expect(results.at(-1)?.data?.logLines.finished).toBe(true);
      const numbers = results.flatMap((result) =>
        (result?.data?.logLines.lines as { number: number }[]).map(({ number }) => number),
      );
      expect(numbers.length).toBeGreaterThan(200);
      expect(numbers).toEqual(numbers.map((_, at) => at));
    });
  });
}
