// Puts the gateway together: configuration in, running server out.

import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import type { RequestContext } from "./ci/session.js";
import type { Credentials } from "./ci/viewer.js";
import { ANONYMOUS } from "./ci/viewer.js";
import type { Config } from "./config.js";
import { InputRefused } from "./errors.js";
import { createCuirass } from "./cuirass/index.js";
import type { CuirassSession } from "./cuirass/index.js";
import { EXPORT_PREFIX, createLava, openExportAt } from "./lava/index.js";
import type { LavaSession } from "./lava/index.js";
import { toSubgraph } from "./federation.js";
import type { UpstreamCall } from "./net/http.js";
import { createSchema } from "./schema.js";
import { createDownloads } from "./server/downloads.js";
import { createHttpServer } from "./server/http-server.js";

/** What every resolver of the gateway can ask for. */
export interface EtnaContext extends RequestContext {
  readonly lava: LavaSession;
  readonly cuirass: CuirassSession;
}

export interface Gateway {
  /** E.g. `http://127.0.0.1:4000`; GraphQL is at `/graphql` below it. */
  readonly origin: string;
  /** Lets operations in flight end, closes sockets with a code, and everything else. Harmless when repeated. */
  readonly close: () => Promise<void>;
}

const GRAPHIQL = fileURLToPath(new URL("../dist/graphiql", import.meta.url));

/** Starts a gateway; rejects when its address is taken. Upstream servers may be down: they are asked when needed. */
export async function createGateway(config: Config, log: Logger): Promise<Gateway> {
  const observer = ({ server, operation, ms, status, error }: UpstreamCall) => {
    log.debug({ system: server, operation, ms: Math.round(ms), status, code: error }, "upstream call");
  };
  const lava = createLava(config.lava, observer);
  const cuirass = createCuirass(config.cuirass, observer);

  const lavaNames = config.lava.map(({ name }) => name);
  const createContext = (credentials: Credentials, report: (error: unknown) => void): EtnaContext => {
    // A token for a server that is not there would leave its owner anonymous without a word.
    for (const name of credentials.byServer.keys()) {
      if (!lavaNames.includes(name))
        throw new InputRefused("X-Etna-Token", `there is no LAVA server "${name.slice(0, 40)}"`);
    }
    const sessions = { lava: lava.createSession(credentials), cuirass: cuirass.createSession() };
    return { credentials, report, ...sessions, sessions: [sessions.lava, sessions.cuirass] };
  };
  const onFault = (error: unknown) => log.error({ err: error }, "a fault of Etna's own");
  const server = await createHttpServer({
    ...config.listen,
    schema: toSubgraph(await createSchema()),
    createContext,
    servers: () => createContext(ANONYMOUS, () => undefined).sessions.flatMap((session) => session.servers),
    graphiql: GRAPHIQL,
    onFault,
    routes: [
      createDownloads({
        prefix: EXPORT_PREFIX,
        open: async (path, credentials, signal) =>
          openExportAt(createContext(credentials, () => undefined).lava, path, signal),
        onFault,
      }),
    ],
  });
  lava.start();

  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all([lava.close(), cuirass.close()]);
  };
  let closing: Promise<void> | undefined;
  return { origin: server.origin, close: () => (closing ??= close()) };
}
