// The configuration: file, flags and environment, read once into a frozen object. All faults are reported together.

import { readFileSync } from "node:fs";
import yaml from "js-yaml";
import { z } from "zod";
import { Secret } from "../net/secret.js";
import { mayCarrySecrets } from "../net/authorization.js";
import { toPublisherAddress } from "../net/publisher-address.js";
import { CUIRASS_ACCESS_EXAMPLES, checkCuirassAccess, cuirassAccessKeys, readCuirassAccess } from "./cuirass.js";
import type { CuirassAccess } from "./cuirass.js";
import { CACHE_EXAMPLES, cacheSchema, readCache } from "./cache.js";
import type { CacheConfig } from "./cache.js";
import { CLIENT_EXAMPLES, clientKeys, clientLimitKeys, readClients } from "./limits.js";
import type { ClientsConfig } from "./limits.js";
import { UPSTREAM_LIMIT_EXAMPLES, readUpstreamLimits, upstreamLimitKeys } from "./upstream.js";
import type { LimitsConfig } from "./upstream.js";
import { TELEMETRY_EXAMPLES, readTelemetry, telemetryKeys } from "./telemetry.js";
import type { TelemetryConfig } from "./telemetry.js";

export type EventsOption = "auto" | "zmq" | "websocket" | "poll";

export interface LavaConfig {
  readonly name: string;
  readonly url: URL;
  readonly token: Secret | null;
  readonly share: boolean;
  readonly insecure: boolean;
  readonly events: EventsOption;
  readonly publisher: string | null;
  readonly websocket: string | null;
  readonly limits: LimitsConfig;
}

export interface CuirassConfig extends CuirassAccess {
  readonly name: string;
  readonly url: URL;
  /** Seconds between looks at what somebody follows; Etna's default where absent. */
  readonly poll?: number;
  readonly limits: LimitsConfig;
}

export interface Config {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** Names by which it may be asked, besides addresses, loopback names and `host`; none where absent. */
    readonly hosts?: readonly string[];
  };
  readonly lava: readonly LavaConfig[];
  readonly cuirass: readonly CuirassConfig[];
  readonly cache?: CacheConfig;
  /** Everything at its default where absent. */
  readonly clients?: ClientsConfig;
  /** Everything at its default where absent. */
  readonly telemetry?: TelemetryConfig;
}

/** What the command line gives; it wins over the file. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly lava?: readonly string[] | undefined;
  readonly cuirass?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly production?: boolean | undefined;
  readonly "trusted-documents"?: string | undefined;
}

/** Everything that is wrong with the configuration, a line each: key, fault, example. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
  }
}

export const DEFAULT_LISTEN = { host: "127.0.0.1", port: 4000 };

const EXAMPLES: Readonly<Record<string, string>> = {
  "listen.host": "127.0.0.1",
  "listen.port": "4000",
  "listen.hosts": "[etna.example.org]",
  lava: "[{name: lab, url: https://lava.example.org}]",
  "lava.name": "lab",
  "lava.url": "https://lava.example.org",
  "lava.user": "etna",
  "lava.token": "${LAVA_TOKEN}",
  "lava.share": "false",
  "lava.insecure": "false",
  "lava.events": "auto, zmq, websocket or poll",
  "lava.publisher": "tcp://lava.example.org:5500",
  "lava.websocket": "wss://lava.example.org/ws/",
  cuirass: "[{name: guix, url: https://ci.example.org}]",
  "cuirass.name": "guix",
  "cuirass.url": "https://ci.example.org",
  ...CUIRASS_ACCESS_EXAMPLES,
  "cuirass.poll": "5",
  ...CACHE_EXAMPLES,
  ...UPSTREAM_LIMIT_EXAMPLES,
  ...CLIENT_EXAMPLES,
  ...TELEMETRY_EXAMPLES,
};

const NAME_FORM = /^[A-Za-z][\w-]{0,39}$/;

const name = z.string().regex(NAME_FORM, "must begin with a letter and hold only letters, digits, _ and -");
const url = z
  .string()
  .refine(
    (text) => isAddress(text, ["http:", "https:"]),
    "is not an http or https address without user, query and fragment",
  );
const limits = z.strictObject({
  ...upstreamLimitKeys,
  ...clientLimitKeys,
});

const fileSchema = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: z.coerce.number().int().min(0).max(65_535).optional(),
      hosts: z.array(z.string().regex(/^[\w.-]{1,253}$/, "is not a host's name, without scheme and port")).optional(),
    })
    .optional(),
  lava: z
    .array(
      z.strictObject({
        name: name.optional(),
        url,
        user: z.string().optional(),
        token: z.string().min(1).optional(),
        share: z.boolean().optional(),
        insecure: z.boolean().optional(),
        events: z.enum(["auto", "zmq", "websocket", "poll"]).optional(),
        publisher: z
          .string()
          .refine((text) => toPublisherAddress(text, "localhost") !== null, "is not a ZeroMQ address")
          .optional(),
        websocket: z
          .string()
          .refine(
            (text) => isAddress(text, ["ws:", "wss:"]),
            "is not a WebSocket address without user, query and fragment",
          )
          .optional(),
      }),
    )
    .optional(),
  cuirass: z
    .array(
      z.strictObject({
        name: name.optional(),
        url,
        poll: z.coerce.number().min(1).max(3_600).optional(),
        ...cuirassAccessKeys,
      }),
    )
    .optional(),
  limits: limits.optional(),
  cache: cacheSchema.optional(),
  ...clientKeys,
  ...telemetryKeys,
});

/**
 * Reads file, flags and environment. Throws `ConfigError` with every fault found.
 * @param env for `${NAME}` in the file, and `ETNA_LAVA`, `ETNA_CUIRASS`, `ETNA_HOST`, `ETNA_PORT`, `ETNA_HOSTS` where no flag is given.
 */
export function readConfig(flags: ConfigFlags, env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const file = flags.config === undefined ? {} : readFile(flags.config, env, faults);
  const given = withFlags(file, flags, env, faults);
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(toFault(issue));
    throw new ConfigError([...faults, ...checkTogether(given)]);
  }
  const { listen = {}, lava = [], cuirass = [] } = parsed.data;
  const clientLimits = readUpstreamLimits(parsed.data.limits);
  const config: Config = {
    listen: {
      host: listen.host ?? DEFAULT_LISTEN.host,
      port: listen.port ?? DEFAULT_LISTEN.port,
      hosts: listen.hosts ?? [],
    },
    lava: lava.map((entry, at) => ({
      name: entry.name ?? (at === 0 ? "lava" : `lava${at + 1}`),
      url: new URL(entry.url),
      token: entry.token === undefined ? null : new Secret(entry.token),
      share: entry.share ?? false,
      insecure: entry.insecure ?? false,
      events: entry.events ?? "auto",
      publisher: entry.publisher ?? null,
      websocket: entry.websocket ?? null,
      limits: clientLimits,
    })),
    cuirass: cuirass.map((entry, at) => ({
      name: entry.name ?? (at === 0 ? "cuirass" : `cuirass${at + 1}`),
      url: new URL(entry.url),
      ...(entry.poll === undefined ? {} : { poll: entry.poll }),
      ...readCuirassAccess(`cuirass.${at}`, entry, faults),
      limits: clientLimits,
    })),
    cache: readCache(parsed.data.cache),
    clients: readClients(parsed.data, parsed.data.limits, faults),
    telemetry: readTelemetry(parsed.data, env, faults),
  };
  faults.push(...checkTogether(given));
  config.cuirass.forEach((entry, at) => faults.push(...checkCuirassAccess(`cuirass.${at}`, entry)));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

/** What no single key shows. Looks at what was given, so that it is told together with the faults of single keys. */
function checkTogether(given: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  const lava = entriesOf(given.lava);
  const seen = new Set<string>();
  for (const [kind, entries] of [["lava", lava] as const, ["cuirass", entriesOf(given.cuirass)] as const]) {
    for (const [at, entry] of entries.entries()) {
      const name = typeof entry.name === "string" ? entry.name : at === 0 ? kind : `${kind}${at + 1}`;
      if (seen.has(name)) {
        faults.push(`name: "${name}" is given to two servers; each needs a name of its own, e.g. lab2`);
      }
      seen.add(name);
    }
  }
  for (const [at, entry] of lava.entries()) {
    if (entry.share === true && entry.token === undefined) {
      faults.push(`lava.${at}.share: there is no token to share; e.g. token: \${LAVA_TOKEN}`);
    }
    if (entry.token === undefined) continue;
    for (const [key, scheme] of [["url", "http"] as const, ["websocket", "ws"] as const]) {
      const address = entry[key];
      const url = typeof address === "string" ? parseUrl(address) : null;
      if (url?.protocol !== `${scheme}:` || mayCarrySecrets({ url, insecure: entry.insecure === true })) continue;
      faults.push(
        `lava.${at}.${key}: a token would travel over plain ${scheme}; write ${scheme}s://${url.host}, or insecure: true`,
      );
    }
  }
  return faults;
}

function entriesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  const isEntry = (entry: unknown) => typeof entry === "object" && entry !== null;
  return Array.isArray(value) && value.every(isEntry) ? (value as Record<string, unknown>[]) : [];
}

function readFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  faults: string[],
): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError([
      `--config: ${path} can't be read (${error instanceof Error && "code" in error ? String(error.code) : "unknown reason"})`,
    ]);
  }
  let value: unknown;
  try {
    value = yaml.load(text, { schema: yaml.CORE_SCHEMA });
  } catch (error) {
    throw new ConfigError([
      `--config: ${path} is not YAML: ${error instanceof yaml.YAMLException ? error.reason : "unreadable"}`,
    ]);
  }
  if (value == null) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new ConfigError([`--config: ${path} must hold a mapping, e.g. lava: [{url: https://lava.example.org}]`]);
  return expand(value, env, faults, "") as Record<string, unknown>;
}

/** Puts environment variables in place of `${NAME}`, in values only. */
function expand(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  faults: string[],
  path: string,
): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
      const found = env[variable];
      if (found === undefined)
        faults.push(`${path}: the environment has no ${variable}; set it, e.g. export ${variable}=…`);
      return found ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((item, at) => expand(item, env, faults, `${path}.${at}`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, env, faults, path === "" ? key : `${path}.${key}`)]),
  );
}

function withFlags(
  file: Record<string, unknown>,
  flags: ConfigFlags,
  env: Readonly<Record<string, string | undefined>>,
  faults: string[],
): Record<string, unknown> {
  const lava = flags.lava ?? words(env.ETNA_LAVA);
  const cuirass = flags.cuirass ?? words(env.ETNA_CUIRASS);
  const host = flags.host ?? env.ETNA_HOST;
  const port = flags.port ?? env.ETNA_PORT;
  const hosts = words(env.ETNA_HOSTS);
  if (port !== undefined && !/^\d+$/.test(port))
    faults.push(`--port: "${port}" is not a number; e.g. 4000, or 0 for a free one`);
  return {
    ...file,
    ...(flags.production === undefined ? {} : { production: flags.production }),
    ...(flags["trusted-documents"] === undefined ? {} : { trustedDocuments: flags["trusted-documents"] }),
    ...(lava === undefined ? {} : { lava: lava.map(toEntry) }),
    ...(cuirass === undefined ? {} : { cuirass: cuirass.map(toEntry) }),
    ...(host === undefined && port === undefined && hosts === undefined
      ? {}
      : {
          listen: {
            ...(file.listen as object | undefined),
            ...(host === undefined ? {} : { host }),
            ...(hosts === undefined ? {} : { hosts }),
            ...(port === undefined || !/^\d+$/.test(port) ? {} : { port: Number(port) }),
          },
        }),
  };
}

function words(text: string | undefined): readonly string[] | undefined {
  const found = text?.split(/\s+/).filter((word) => word !== "");
  return found === undefined || found.length === 0 ? undefined : found;
}

/** `[NAME=]URL` of a flag. */
function toEntry(text: string): Record<string, unknown> {
  const [, name, address] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(text) ?? [];
  return name === undefined ? { url: text } : { name, url: address };
}

/** Null for text that is no address. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isAddress(text: string, protocols: readonly string[]): boolean {
  const parsed = parseUrl(text);
  return (
    parsed !== null &&
    protocols.includes(parsed.protocol) &&
    parsed.username === "" &&
    parsed.password === "" &&
    parsed.search === "" &&
    parsed.hash === ""
  );
}

function toFault(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const where = path.length === 0 ? "" : `${path.join(".")}: `;
    return `${where}unknown ${issue.keys.length === 1 ? "key" : "keys"} ${issue.keys.join(", ")}; see the README, section Configuration`;
  }
  const example = EXAMPLES[path.filter((part) => !/^\d+$/.test(part)).join(".")];
  return `${path.join(".")}: ${issue.message}${example === undefined ? "" : `; e.g. ${example}`}`;
}
