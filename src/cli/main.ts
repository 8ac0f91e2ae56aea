#!/usr/bin/env node
// The command `etna`: reads the arguments, runs one subcommand, sets the exit status (0 done, 1 failed, 2 usage).

import "reflect-metadata";
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { ConfigError, readConfig } from "../config.js";
import type { ConfigFlags } from "../config.js";

const USAGE = `usage:
  etna serve  [--config FILE] [--lava [NAME=]URL]... [--cuirass [NAME=]URL]... [--host H] [--port N]
  etna demo   [--port N]
  etna wait   JOB [--server NAME] [--timeout SECONDS] [--url GATEWAY]
  etna doctor [--config FILE] [--lava [NAME=]URL]... [--cuirass [NAME=]URL]...
  etna schema

environment: ETNA_TOKEN (your LAVA token, for wait), ETNA_LOG (fatal, error, warn, info, debug, silent),
  ETNA_LAVA, ETNA_CUIRASS, ETNA_HOST, ETNA_PORT (instead of the flags)
`;

class UsageError extends Error {}

const serverOptions = {
  config: { type: "string" },
  lava: { type: "string", multiple: true },
  cuirass: { type: "string", multiple: true },
} as const;
const listenOptions = { host: { type: "string" }, port: { type: "string" } } as const;

async function run([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const { values } = parse(args, { ...serverOptions, ...listenOptions }, 0);
      const { serve } = await import("./serve.js");
      return serve(configOf(values));
    }
    case "demo": {
      const { values } = parse(args, { port: listenOptions.port }, 0);
      const { demo } = await import("./demo.js");
      return demo(configOf(values).listen);
    }
    case "wait": {
      const options = { server: { type: "string" }, timeout: { type: "string" }, url: { type: "string" } } as const;
      const { values, positionals } = parse(args, options, 1);
      const [jobId] = positionals;
      if (jobId === undefined) throw new UsageError("wait: name the test job, e.g. etna wait 1234");
      const { wait } = await import("./wait.js");
      return wait({
        jobId,
        server: values.server ?? null,
        timeoutMs: values.timeout === undefined ? null : readSeconds(values.timeout) * 1000,
        url: readGateway(values.url ?? `http://127.0.0.1:${process.env.ETNA_PORT ?? "4000"}`),
        token: process.env.ETNA_TOKEN ?? null,
      });
    }
    case "doctor": {
      const { values } = parse(args, serverOptions, 0);
      const { doctor } = await import("./doctor.js");
      return doctor(configOf(values));
    }
    case "schema": {
      parse(args, {}, 0);
      const { printSdl } = await import("../schema.js");
      process.stdout.write(await printSdl());
      return 0;
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

function configOf(flags: ConfigFlags) {
  return readConfig(flags, process.env);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 1_000_000))
    throw new UsageError(`--timeout: "${text}" is not a number of seconds, e.g. 600`);
  return seconds;
}

function readGateway(text: string): URL {
  const url = URL.parse(text);
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
    process.stderr.write(`etna: ${error.message}\n`);
    process.exitCode = 2;
  } else {
    process.stderr.write(`etna: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
