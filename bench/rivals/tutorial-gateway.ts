// A gateway as tutorials write it: Apollo Server, and one `fetch` in each field's resolver.

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { RIVAL_SDL, testCase } from "./schema.js";
import type { Case, Device, DeviceType, Job, List, PageArgs, RivalGateway, Suite } from "./schema.js";

interface Context {
  readonly get: <T>(path: string) => Promise<T>;
}

export async function createTutorialGateway(lava: string): Promise<RivalGateway> {
  const resolvers = {
    Query: {
      testJobs: async (_: unknown, { first, offset }: PageArgs, { get }: Context) => {
        const list = await get<List<Job>>(`jobs/?ordering=-id&limit=${first}&offset=${offset}`);
        return { nodes: list.results };
      },
      testJob: (_: unknown, { jobId }: { readonly jobId: string }, { get }: Context) => get<Job>(`jobs/${jobId}/`),
    },
    TestJob: {
      jobId: (job: Job) => job.id,
      device: (job: Job, _: unknown, { get }: Context) =>
        job.actual_device === null ? null : get<Device>(`devices/${job.actual_device}/`),
      suites: async (job: Job, _: unknown, { get }: Context) =>
        (await get<List<Suite>>(`jobs/${job.id}/suites/`)).results,
    },
    Device: {
      deviceType: (device: Device, _: unknown, { get }: Context) =>
        get<DeviceType>(`devicetypes/${device.device_type}/`),
    },
    TestSuite: {
      cases: async (suite: Suite, { first }: PageArgs, { get }: Context) => {
        const list = await get<List<Case>>(`jobs/${suite.job}/suites/${suite.id}/tests/?limit=${first}`);
        return { nodes: list.results };
      },
    },
    TestCase: testCase,
  };
  const server = new ApolloServer<Context>({ typeDefs: RIVAL_SDL, resolvers });
  const { url } = await startStandaloneServer(server, {
    listen: { host: "127.0.0.1", port: 0 },
    context: ({ req }) => {
      const { authorization } = req.headers;
      const headers = { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) };
      const get = async <T>(path: string): Promise<T> => {
        const response = await fetch(`${lava}/api/v0.2/${path}`, { headers });
        if (!response.ok) throw new Error(`${path} answered ${response.status}`);
        return (await response.json()) as T;
      };
      return Promise.resolve({ get });
    },
  });
  return { url, close: () => server.stop() };
}
