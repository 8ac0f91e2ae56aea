#!/usr/bin/env node
// The command `etna`: reads the arguments, runs one subcommand, sets the exit status (0 done, 1 failed, 2 usage).

import "reflect-metadata";
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import type { Config, ConfigFlags } from "../config/config.js";
import { ConfigError } from "../config/config-error.js";
import { parseUrl } from "../net/url.js";
import { TOKEN_FAULT, isToken } from "../net/authorization.js";
import { Secret } from "../net/secret.js";
import { RemoteError, complain } from "./remote.js";
import type { Remote } from "./remote.js";
import { untilStopped } from "./until-stopped.js";

const USAGE = `usage:
  etna serve  [--config FILE] [--lava [NAME=]URL]... [--cuirass [NAME=]URL]... [--host H] [--port N]
              [--production] [--trusted-documents FILE] [--cors ORIGIN]...
  etna demo   [--port N] [--cors ORIGIN]...
  etna wait   RUN... [--log] [--timeout SECONDS] [--server NAME] [--url GATEWAY [--insecure] | --lava URL]
  etna submit FILE [--wait] [--log] [--timeout SECONDS] [--server NAME] [--url GATEWAY [--insecure] | --lava URL]
  etna doctor [--config FILE] [--lava [NAME=]URL]... [--cuirass [NAME=]URL]...
  etna schema [--federation]
  etna documents FILES...

RUN is a test job (a number, 2008.1), build:4711, evaluation:815 (with all its builds), or the address of its page.
environment: ETNA_TOKEN (your LAVA token, for wait and submit), ETNA_LOG (fatal, error, warn, info, debug, silent),
  ETNA_LAVA, ETNA_CUIRASS, ETNA_HOST, ETNA_PORT (instead of the flags), ETNA_HOSTS (listen.hosts)
signals to serve: HUP reads the configuration again; TERM and INT stop it, and at once when they come twice
`;

class UsageError extends Error {}

const serverOptions = {
  config: { type: "string" },
  lava: { type: "string", multiple: true },
  cuirass: { type: "string", multiple: true },
} as const;
const remoteOptions = {
  url: { type: "string" },
  insecure: { type: "boolean" },
  lava: { type: "string" },
  server: { type: "string" },
} as const;
const waitOptions = { timeout: { type: "string" }, log: { type: "boolean" } } as const;
const clientOptions = { production: { type: "boolean" }, "trusted-documents": { type: "string" } } as const;
const pageOptions = { cors: { type: "string", multiple: true } } as const;
const listenOptions = { host: { type: "string" }, port: { type: "string" } } as const;

async function run([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const { values } = parse(args, { ...serverOptions, ...listenOptions, ...clientOptions, ...pageOptions }, 0);
      const stopped = untilStopped();
      const { serve } = await import("./serve.js");
      return serve(await configReader(values), stopped);
    }
    case "demo": {
      const { values } = parse(args, { port: listenOptions.port, ...pageOptions }, 0);
      const stopped = untilStopped();
      const { demo } = await import("./demo.js");
      return demo((await configReader(values))(), stopped);
    }
    case "wait": {
      const { values, positionals } = parse(args, { ...remoteOptions, ...waitOptions }, Infinity);
      if (positionals.length === 0)
        throw new UsageError("wait: name the test job or build, e.g. etna wait 1234 or etna wait build:4711");
      return withRemote(values, (remote) => waitFor(remote, positionals, values));
    }
    case "submit": {
      const options = { ...remoteOptions, ...waitOptions, wait: { type: "boolean" } } as const;
      const { values, positionals } = parse(args, options, 1);
      const [file] = positionals;
      if (file === undefined) throw new UsageError("submit: name the definition's file, or - for standard input");
      return withRemote(values, async (remote) => {
        const { submit } = await import("./submit.js");
        const jobIds = await submit(remote, file, values.server ?? null);
        return values.wait === true || values.log === true ? waitFor(remote, jobIds, values) : 0;
      });
    }
    case "doctor": {
      const { values } = parse(args, serverOptions, 0);
      const { doctor } = await import("./doctor.js");
      return doctor((await configReader(values))());
    }
    case "schema": {
      const { values } = parse(args, { federation: { type: "boolean" } }, 0);
      const { createSchema, printSdl } = await import("../schema.js");
      const { printSubgraphSdl } = await import("../federation.js");
      process.stdout.write(values.federation === true ? printSubgraphSdl(await createSchema()) : await printSdl());
      return 0;
    }
    case "documents": {
      const { positionals } = parse(args, {}, Infinity);
      if (positionals.length === 0)
        throw new UsageError("documents: name the client's .graphql files, e.g. etna documents src > documents.json");
      const { documents } = await import("./documents.js");
      return documents(positionals);
    }
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError(command === undefined ? "name a command" : `there is no command "${command}"`);
  }
}

interface RemoteValues {
  readonly url?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly lava?: string | undefined;
  readonly server?: string | undefined;
}

/** Runs a command over the gateway at `--url`, or over one of its own for `--lava`. */
async function withRemote(values: RemoteValues, run: (remote: Remote) => Promise<number>): Promise<number> {
  const given = process.env.ETNA_TOKEN ?? null;
  if (given !== null && !isToken(given)) throw new UsageError(`ETNA_TOKEN: ${TOKEN_FAULT}`);
  const token = given === null ? null : new Secret(given);
  const who = { token, server: values.server ?? null, insecure: values.insecure ?? false };
  if (values.lava === undefined) {
    return run({ ...who, url: readGateway(values.url ?? `http://127.0.0.1:${process.env.ETNA_PORT ?? "4000"}`) });
  }
  if (values.url !== undefined) throw new UsageError("give --url or --lava, not both");
  const { createGateway } = await import("../gateway.js");
  const { createLog } = await import("./log.js");
  const { readConfig } = await import("../config/config.js");
  const gateway = await createGateway(
    readConfig({ lava: [values.lava], host: "127.0.0.1", port: "0" }, {}),
    createLog(),
  );
  try {
    return await run({ ...who, url: new URL(gateway.origin) });
  } finally {
    await gateway.close();
  }
}

interface WaitValues {
  readonly server?: string | undefined;
  readonly timeout?: string | undefined;
  readonly log?: boolean | undefined;
}

async function waitFor(given: Remote, names: readonly string[], { server, timeout, log }: WaitValues): Promise<number> {
  const { wait } = await import("./wait.js");
  const { isCuirass, readTargets } = await import("./addresses.js");
  const timeoutMs = timeout === undefined ? null : readSeconds(timeout) * 1000;
  // The token is LAVA's: where no LAVA is asked, it stays here, and `--server` is not the one that it is for.
  const remote = names.every(isCuirass) ? { ...given, token: null } : given;
  return wait(remote, { targets: await readTargets(remote, names, server ?? null), timeoutMs, log: log ?? false });
}

function parse<T extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: T,
  positionalsMax: number,
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const [extra] = parsed.positionals.slice(positionalsMax);
    if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many`);
    return parsed;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Reads it now, and again whenever it is called. */
async function configReader(flags: ConfigFlags): Promise<() => Config> {
  const { readConfig } = await import("../config/config.js");
  return () => readConfig(flags, process.env);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 1_000_000))
    throw new UsageError(`--timeout: "${text}" is not a number of seconds, e.g. 600`);
  return seconds;
}

function readGateway(text: string): URL {
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--url: "${text}" is not an address, e.g. http://127.0.0.1:4000`);
  return url;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`etna: ${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else if (error instanceof ConfigError) {
    complain(error.message);
    process.exitCode = 2;
  } else if (error instanceof RemoteError) {
    complain(error.message);
    process.exitCode = error.status;
  } else {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
