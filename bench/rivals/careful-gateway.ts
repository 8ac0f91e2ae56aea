// A gateway as a careful author writes it: Apollo Server, loaders that batch each request's reads into LAVA's bulk filters,
// and, where asked, upstream answers kept for some time.

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import { RIVAL_SDL, testCase } from "./schema.js";
import type { Case, Device, DeviceType, Job, List, PageArgs, RivalGateway, Suite } from "./schema.js";

/** Answers kept at most, one for each address and viewer. */
const CACHE_MAX = 5_000;
/** Cases of one job that are read at most. */
const CASES_MAX = 1_000;

type Get = <T extends object>(path: string) => Promise<T>;

/** @param cacheMs how long an upstream answer is used again; 0 for never. */
export async function createCarefulGateway(lava: string, cacheMs: number): Promise<RivalGateway> {
  const cache = cacheMs === 0 ? null : new LRUCache<string, Promise<object>>({ max: CACHE_MAX, ttl: cacheMs });

  const getAs = (authorization: string | undefined): Get => {
    const headers = { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) };
    const ask: Get = async (path) => {
      const response = await fetch(`${lava}/api/v0.2/${path}`, { headers });
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return (await response.json()) as never;
    };
    if (cache === null) return ask;
    return async (path) => {
      const key = `${authorization ?? ""} ${path}`;
      const kept = cache.get(key);
      if (kept !== undefined) return (await kept) as never;
      const answer = ask(path);
      cache.set(key, answer);
      answer.catch(() => cache.delete(key));
      return (await answer) as never;
    };
  };

  const server = new ApolloServer<Context>({ typeDefs: RIVAL_SDL, resolvers });
  const { url } = await startStandaloneServer(server, {
    listen: { host: "127.0.0.1", port: 0 },
    context: ({ req }) => Promise.resolve(createContext(getAs(req.headers.authorization))),
  });
  return { url, close: () => server.stop() };
}

type Context = ReturnType<typeof createContext>;

/** The loaders of one GraphQL request. */
function createContext(get: Get) {
  const named = <T>(path: (names: string) => string, nameOf: (row: T) => string) =>
    new DataLoader<string, T | null>(async (names) => {
      const { results } = await get<List<T>>(`${path(names.join(","))}&limit=${names.length}`);
      const rows = new Map(results.map((row) => [nameOf(row), row]));
      return names.map((name) => rows.get(name) ?? null);
    });
  // LAVA has no bulk form of these: one request a job.
  const ofJob = <T>(path: (id: number) => string) =>
    new DataLoader<number, readonly T[]>((ids) =>
      Promise.all(ids.map(async (id) => (await get<List<T>>(path(id))).results)),
    );
  return {
    get,
    jobs: named<Job>(
      (ids) => `jobs/?id__in=${ids}`,
      (job) => String(job.id),
    ),
    devices: named<Device>(
      (names) => `devices/?hostname__in=${names}`,
      (device) => device.hostname,
    ),
    deviceTypes: named<DeviceType>(
      (names) => `devicetypes/?name__in=${names}`,
      (type) => type.name,
    ),
    suites: ofJob<Suite>((id) => `jobs/${id}/suites/`),
    cases: ofJob<Case>((id) => `jobs/${id}/tests/?limit=${CASES_MAX}`),
  };
}

const resolvers = {
  Query: {
    testJobs: async (_: unknown, { first, offset }: PageArgs, { get }: Context) => {
      const list = await get<List<Job>>(`jobs/?ordering=-id&limit=${first}&offset=${offset}`);
      return { nodes: list.results };
    },
    testJob: (_: unknown, { jobId }: { readonly jobId: string }, { jobs }: Context) => jobs.load(jobId),
  },
  TestJob: {
    jobId: (job: Job) => job.id,
    device: (job: Job, _: unknown, { devices }: Context) =>
      job.actual_device === null ? null : devices.load(job.actual_device),
    suites: (job: Job, _: unknown, { suites }: Context) => suites.load(job.id),
  },
  Device: {
    deviceType: (device: Device, _: unknown, { deviceTypes }: Context) => deviceTypes.load(device.device_type),
  },
  TestSuite: {
    cases: async (suite: Suite, { first }: PageArgs, { cases }: Context) => {
      const all = await cases.load(suite.job);
      return { nodes: all.filter((one) => one.suite === suite.id).slice(0, first) };
    },
  },
  TestCase: testCase,
};
