// A small Hydra (NixOS' build farm) for tests: the few routes that the third system asks, as JSON over a real socket.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

export interface HydraBuildState {
  readonly id: number;
  readonly job: string;
  readonly nixname: string;
  readonly timestamp: number;
  readonly starttime: number | null;
  readonly stoptime: number | null;
  readonly finished: 0 | 1;
  /** 0 succeeded, 1 failed, 4 canceled; null until it has ended. */
  readonly buildstatus: number | null;
}

export interface HydraServer {
  readonly url: string;
  readonly requests: readonly string[];
  readonly builds: Map<number, HydraBuildState>;
  close(): Promise<void>;
}

const BEGIN = 1_700_000_000;

/** Some twenty finished builds, and one that waits. */
function firstBuilds(): HydraBuildState[] {
  const finished = Array.from({ length: 20 }, (_, at) => ({
    ...{ id: at + 1, job: `tests.part-${at + 1}.x86_64-linux`, nixname: `part-${at + 1}`, timestamp: BEGIN + at * 60 },
    ...{ starttime: BEGIN + at * 60 + 5, stoptime: BEGIN + at * 60 + 50, finished: 1 as const },
    buildstatus: at % 5 === 4 ? 1 : 0,
  }));
  const waiting = { id: 21, job: "iso.x86_64-linux", nixname: "iso", timestamp: BEGIN + 1_200 };
  return [...finished, { ...waiting, starttime: null, stoptime: null, finished: 0, buildstatus: null }];
}

export async function createHydraServer(): Promise<HydraServer> {
  const builds = new Map(firstBuilds().map((build) => [build.id, build]));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://hydra.test");
    requests.push(pathname);
    const json = (value: unknown) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(value));
    };
    const nr = Number(searchParams.get("nr") ?? "10");
    const newestFirst = [...builds.values()].sort((a, b) => b.id - a.id);
    const [, id, rest] = /^\/build\/(\d+)(\/log\/raw)?$/.exec(pathname) ?? [];
    const build = builds.get(Number(id));
    if (pathname === "/api/latestbuilds") json(newestFirst.filter(({ finished }) => finished === 1).slice(0, nr));
    else if (pathname === "/api/queue") json(newestFirst.filter(({ finished }) => finished === 0).slice(0, nr));
    else if (build === undefined) response.writeHead(404).end(`{"error":"not found"}`);
    else if (rest === undefined) json(build);
    else response.end(`building ${build.nixname}\n${build.finished === 1 ? "done\n" : ""}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    builds,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
