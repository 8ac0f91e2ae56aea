// The configuration: file, flags and environment, read once into a frozen object. All faults are reported together.

import { z } from "zod";
import { examplesOf, key } from "../ci/config-keys.js";
import type { CiSystem, ServerOptions } from "../ci/system.js";
import { SYSTEMS } from "../systems.js";
import type { ServersOf } from "../systems.js";
import { ConfigError, toFault } from "./config-error.js";
import { createVariables, readFile } from "./config-file.js";
import { cacheKeys, readCache } from "./cache.js";
import type { CacheConfig } from "./cache.js";
import type { ClusterOptions } from "../cluster/open.js";
import { clusterKeys, readCluster } from "./cluster.js";
import { clientKeys, clientLimitKeys, readClients } from "./limits.js";
import type { ClientsConfig } from "./limits.js";
import { httpAddress, listenKeys, readListen } from "./listen.js";
import type { ListenConfig } from "./listen.js";
import { readUpstreamLimits, upstreamLimitKeys } from "./upstream.js";
import { readTelemetry, telemetryKeys } from "./telemetry.js";
import type { TelemetryConfig } from "./telemetry.js";
import { fieldsOf, isMapping } from "../codec/mapping.js";

interface GatewayConfig {
  readonly listen: ListenConfig;
  readonly cache?: CacheConfig;
  /** Everything at its default where absent. */
  readonly clients?: ClientsConfig;
  /** Null or absent for a gateway by itself. */
  readonly cluster?: ClusterOptions | null;
  /** Everything at its default where absent. */
  readonly telemetry?: TelemetryConfig;
}

type Systems = readonly CiSystem[];

/** The gateway's own part, and by each system's kind its servers: `lava`, `cuirass`. */
export type Config<S extends Systems = typeof SYSTEMS> = GatewayConfig & ServersOf<S>;

/** A system's servers, where the list of systems is not known in the types. */
export function serversOf<O extends ServerOptions>(config: object, { kind }: CiSystem<string, O>): readonly O[] {
  return (fieldsOf(config)[kind] ?? []) as readonly O[];
}

/** How many servers of all systems are configured. */
export function countServers(config: object, systems: Systems = SYSTEMS): number {
  return systems.reduce((sum, system) => sum + serversOf(config, system).length, 0);
}

/** Names of the servers of all systems, in the order of the configuration. */
export function serverNames(config: object, systems: Systems = SYSTEMS): readonly string[] {
  return systems.flatMap((system) => serversOf(config, system).map(({ name }) => name));
}

/** What the command line gives; it wins over the file. By a system's kind: `[NAME=]URL` of each of its servers. */
export type ConfigFlags<S extends Systems = typeof SYSTEMS> = GatewayFlags & {
  readonly [K in S[number]["kind"]]?: readonly string[] | undefined;
};

interface GatewayFlags {
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly production?: boolean | undefined;
  readonly "trusted-documents"?: string | undefined;
  /** Origins whose pages may call; in place of `cors.origins` of the file. */
  readonly cors?: readonly string[] | undefined;
}

export { ConfigError } from "./config-error.js";

const NAME_FORM = /^[A-Za-z][\w-]{0,39}$/;

const name = z.string().regex(NAME_FORM, "must begin with a letter and hold only letters, digits, _ and -");
const limits = z.strictObject({
  ...upstreamLimitKeys,
  ...clientLimitKeys,
});

/** Keys of every server's entry, whatever its system. */
function serverKeysOf(example: CiSystem["config"]["example"]) {
  return {
    name: key(name, example.name, "What the graph calls the server; its kind by default, e.g. `lava`."),
    url: httpAddress.meta({ description: "The server's address; needed.", examples: [example.url] }),
  };
}

/** A server's entry that has been checked, as far as all systems have it. */
type ServerEntry = z.infer<z.ZodObject<ReturnType<typeof serverKeysOf>>> & Readonly<Record<string, unknown>>;

const gatewayKeys = {
  ...listenKeys,
  limits: key(limits, "{concurrency: 4}", "What is asked of the servers at most, and what clients may ask."),
  ...cacheKeys,
  ...clientKeys,
  ...clusterKeys,
  ...telemetryKeys,
};

const gatewaySchema = z.object(gatewayKeys);

/** The whole file; each key has its description and an example in its `meta`. */
export function fileSchemaOf(systems: Systems = SYSTEMS) {
  const lists: Record<string, z.ZodType> = {};
  for (const { kind, title, config } of systems) {
    const { name, url } = config.example;
    const entry = z.strictObject({ ...serverKeysOf(config.example), ...config.keys });
    lists[kind] = key(z.array(entry), `[{name: ${name}, url: ${url}}]`, `The ${title} servers, a list.`);
  }
  const { listen, ...others } = gatewayKeys;
  // Faults are told in this order.
  return z.strictObject({ listen, ...lists, ...others });
}

/**
 * Reads file, flags and environment. Throws `ConfigError` with every fault found.
 * @param env for `${NAME}` in the file, and `ETNA_HOST`, `ETNA_PORT`, `ETNA_HOSTS` where no flag is given; `ETNA_LAVA` for
 *   LAVA's servers, and so for each system.
 */
export function readConfig<S extends Systems = typeof SYSTEMS>(
  flags: ConfigFlags<S>,
  env: Readonly<Record<string, string | undefined>>,
  systems: S = SYSTEMS as unknown as S,
): Config<S> {
  const faults: string[] = [];
  const variables = createVariables(env, faults);
  const file = flags.config === undefined ? {} : readFile(flags.config, variables.expand);
  const given = withFlags(file, flags, env, systems, faults);
  const schema = fileSchemaOf(systems);
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const examples = examplesOf(schema.shape);
    for (const issue of parsed.error.issues) faults.push(toFault(issue, examples));
    checkTogether(given, systems, faults);
    throw new ConfigError(variables.withoutFollowing(faults));
  }
  const own = gatewaySchema.parse(parsed.data);
  const servers: Record<string, readonly ServerOptions[]> = {};
  for (const system of systems) servers[system.kind] = readServers(system, parsed.data, own.limits, faults);
  const config = {
    listen: readListen(own, faults),
    ...servers,
    cache: readCache(own, faults),
    cluster: readCluster(own, faults),
    clients: readClients(own, own.limits, faults),
    telemetry: readTelemetry(own, env, faults),
  };
  checkTogether(given, systems, faults);
  if (faults.length > 0) throw new ConfigError(variables.withoutFollowing(faults));
  return Object.freeze(config) as Config<S>;
}

function readServers(
  { kind, config }: CiSystem,
  file: Readonly<Record<string, unknown>>,
  limits: z.infer<typeof gatewaySchema>["limits"],
  faults: string[],
): readonly ServerOptions[] {
  const entries = (file[kind] ?? []) as readonly ServerEntry[];
  return entries.map((entry, at) => ({
    name: entry.name ?? nameOf(kind, at),
    url: new URL(entry.url),
    limits: readUpstreamLimits(limits),
    ...config.read(entry, `${kind}.${at}`, faults),
  }));
}

/** The name of a server that was given none. */
function nameOf(kind: string, at: number): string {
  return at === 0 ? kind : `${kind}${at + 1}`;
}

/** What no single key shows. Looks at what was given, so that it is told together with the faults of single keys. */
function checkTogether(given: Readonly<Record<string, unknown>>, systems: Systems, faults: string[]): void {
  const seen = new Set<string>();
  const entries = systems.flatMap(({ kind, config }) =>
    entriesOf(given[kind]).map((entry, at) => ({ kind, config, entry, at })),
  );
  for (const { kind, entry, at } of entries) {
    const name = typeof entry.name === "string" ? entry.name : nameOf(kind, at);
    if (seen.has(name)) {
      faults.push(`name: "${name}" is given to two servers; each needs a name of its own, e.g. lab2`);
    }
    seen.add(name);
  }
  for (const { kind, config, entry, at } of entries) config.check?.(entry, `${kind}.${at}`, faults);
}

function entriesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.every(isMapping) ? value : [];
}

function withFlags(
  file: Record<string, unknown>,
  flags: GatewayFlags,
  env: Readonly<Record<string, string | undefined>>,
  systems: Systems,
  faults: string[],
): Record<string, unknown> {
  const servers: Record<string, unknown> = {};
  for (const { kind } of systems) {
    const addresses = addressesIn(flags, kind) ?? words(env[`ETNA_${kind.toUpperCase()}`]);
    if (addresses !== undefined) servers[kind] = addresses.map(toEntry);
  }
  const host = flags.host ?? env.ETNA_HOST;
  const port = flags.port ?? env.ETNA_PORT;
  const hosts = words(env.ETNA_HOSTS);
  if (port !== undefined && !/^\d+$/.test(port))
    faults.push(`--port: "${port}" is not a number; e.g. 4000, or 0 for a free one`);
  return {
    ...file,
    ...(flags.production === undefined ? {} : { production: flags.production }),
    ...(flags["trusted-documents"] === undefined ? {} : { trustedDocuments: flags["trusted-documents"] }),
    ...(flags.cors === undefined ? {} : { cors: { origins: flags.cors } }),
    ...servers,
    ...(host === undefined && port === undefined && hosts === undefined
      ? {}
      : {
          listen: {
            ...fieldsOf(file.listen),
            ...(host === undefined ? {} : { host }),
            ...(hosts === undefined ? {} : { hosts }),
            ...(port === undefined || !/^\d+$/.test(port) ? {} : { port: Number(port) }),
          },
        }),
  };
}

function addressesIn(flags: object, kind: string): readonly string[] | undefined {
  return (flags as Readonly<Record<string, readonly string[] | undefined>>)[kind];
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
