// `etna demo`: a sandbox LAVA and Cuirass whose data lives, and the gateway over them.

import { readConfig } from "../../config/config.js";
import type { Config } from "../../config/config.js";
import { createCuirassSandbox } from "../../sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../sandbox/lava/index.js";
import type { LavaSandbox } from "../../sandbox/lava/index.js";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { printJson } from "../output/streams.js";
import { createLog } from "./log.js";
import { startGateway } from "./start.js";

/** About three quarters of an hour of them. */
const JOBS_MAX = 700;

/**
 * @param config says where to listen and which pages may call, besides all of this machine.
 * @param stopped resolves when it is to stop.
 * @param json whether the ready lines are a JSON object.
 */
export async function demo({ listen, clients }: Config, stopped: Promise<unknown>, json: boolean): Promise<ExitStatus> {
  const tested: { by?: LavaSandbox } = {};
  // Each image is tested as soon as it is built: no answer ever shows one without its test jobs.
  const cuirass = await createCuirassSandbox({ live: true, onSuccess: (build) => tested.by?.test(build) });
  const lava = await createLavaSandbox({
    live: true,
    builds: () => cuirass.builds(),
    jobsMax: JOBS_MAX,
    largeJob: { cases: 2_000, logLines: 200_000 },
  });
  tested.by = lava;
  const servers = readConfig({ lava: [lava.url], cuirass: [cuirass.url] }, {});
  try {
    const gateway = await startGateway(
      {
        listen,
        ...(clients === undefined ? {} : { clients: { ...clients, loopbackOrigins: true } }),
        lava: servers.lava,
        cuirass: servers.cuirass.map((server) => ({ ...server, mutations: true })),
      },
      createLog(),
    );
    const { alice, bob } = lava.users;
    const tokens = { alice: alice.token, bob: bob.token };
    if (json) printJson({ listening: `${gateway.origin}/graphql`, lava: lava.url, cuirass: cuirass.url, tokens });
    else
      process.stdout.write(
        [
          `etna listening on ${gateway.origin}/graphql`,
          "",
          `  live page        ${gateway.origin}/`,
          `  GraphiQL         ${gateway.origin}/graphiql`,
          `  sandbox LAVA     ${lava.url}   events ${lava.eventUrl}`,
          `  sandbox Cuirass  ${cuirass.url}`,
          "",
          "  Without a token you see what LAVA shows to everybody. To submit jobs and see private ones,",
          "  put a token into the page's Tokens, or a header into GraphiQL's Headers pane:",
          `    {"Authorization": "Token ${alice.token}"}      alice`,
          `    {"Authorization": "Token ${bob.token}"}        bob, of secret-team`,
          "",
          "  Ctrl-C ends the demo; nothing is left behind.",
          "",
        ].join("\n"),
      );
    await stopped;
    await gateway.close();
    return EXIT.ok;
  } finally {
    // Also when the gateway's port is taken: the sandboxes would keep the process alive.
    await Promise.all([lava.close(), cuirass.close()]);
  }
}
