// Which gateway a command asks, and with which token: flags, then the environment, then the profile, then what is usual.

import { spawnSync } from "node:child_process";
import { TOKEN_FAULT, isToken } from "../../net/authorization.js";
import { Secret } from "../../net/secret.js";
import { withoutTrailingSlashes } from "../../net/trailing-slashes.js";
import { parseUrl } from "../../net/url.js";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { readProfile } from "./profile.js";

export interface Remote {
  /** The gateway's address, ending in `/graphql`. */
  readonly url: URL;
  /** LAVA token; null asks as anonymous. Read when it is first needed: a command may have to be run for it. */
  readonly token: () => Secret | null;
  /** Where a token comes from, for messages. */
  readonly tokenOrigin: () => string;
  /** Whether the token may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
  /** Name of the LAVA that is asked, and that the token is for; null where the gateway has one. */
  readonly server: string | null;
  /** `--server` alone, which may be a Cuirass too. */
  readonly namedServer: string | null;
  /** Whether nothing has named the gateway. */
  readonly isUnnamed: boolean;
  /** `--timeout`. */
  readonly timeoutMs: number | null;
}

/** The options of `createRemoteCommand`. */
export interface RemoteValues {
  readonly url?: string | undefined;
  readonly server?: string | undefined;
  readonly timeout?: number | undefined;
  readonly insecure?: true | undefined;
  readonly lava?: string | undefined;
  readonly cuirass?: string | undefined;
}

/** How long a token command may take: somebody may have to type a passphrase. */
const TOKEN_COMMAND_MS = 120_000;

/** Runs a command over the gateway that is meant, or over one of its own for `--lava` and `--cuirass`. */
export async function withGateway(
  values: RemoteValues,
  run: (remote: Remote) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const { server = null, timeout: timeoutMs = null } = values;
  const given = {
    server,
    namedServer: server,
    isUnnamed: false,
    timeoutMs,
    insecure: values.insecure ?? false,
    tokenOrigin: () => (environmentToken() === null ? "the profile's tokenCommand" : "ETNA_TOKEN"),
  };
  if (values.lava !== undefined || values.cuirass !== undefined) {
    const { openOwnGateway } = await import("./own-gateway.js");
    const gateway = await openOwnGateway(values);
    try {
      return await run({ ...given, url: toEndpoint(new URL(gateway.origin)), token: once(() => environmentToken()) });
    } finally {
      await gateway.close();
    }
  }
  const profile = await readProfile();
  const named = values.url ?? process.env.ETNA_URL;
  const url =
    named === undefined
      ? (profile.url ?? new URL(`http://127.0.0.1:${process.env.ETNA_PORT ?? "4000"}`))
      : readAddress(named, values.url === undefined ? "ETNA_URL" : "--url");
  const endpoint = toEndpoint(url);
  // The profile's token is for the profile's gateway, and no other one is shown it.
  const isProfile = profile.url !== null && toEndpoint(profile.url).href === endpoint.href;
  const command = isProfile ? profile.tokenCommand : null;
  return run({
    ...given,
    url: endpoint,
    isUnnamed: named === undefined && profile.url === null,
    token: once(() => environmentToken() ?? (command === null ? null : runTokenCommand(command))),
    insecure: given.insecure || (isProfile && profile.insecure),
    server: server ?? (isProfile ? profile.server : null),
  });
}

/** For a Cuirass, which has no users: without the token, and without the LAVA that the profile names for it. */
export function forCuirass(remote: Remote): Remote {
  return { ...remote, token: () => null, server: remote.namedServer };
}

/** The token of `ETNA_TOKEN`; null for none. */
export function environmentToken(): Secret | null {
  const given = process.env.ETNA_TOKEN;
  if (given === undefined || given === "") return null;
  if (!isToken(given)) throw new CommandError(`ETNA_TOKEN: ${TOKEN_FAULT}`, EXIT.usage);
  return new Secret(given);
}

/** The first line that the command prints. It may ask its user something on the terminal. */
function runTokenCommand(command: string): Secret {
  const { status, stdout, error } = spawnSync("/bin/sh", ["-c", command], {
    stdio: ["inherit", "pipe", "inherit"],
    encoding: "utf8",
    timeout: TOKEN_COMMAND_MS,
  });
  if (error !== undefined || status !== 0)
    throw new CommandError(
      `the profile's tokenCommand failed (${error?.message ?? `status ${status ?? "?"}`})`,
      EXIT.usage,
    );
  const [token = ""] = stdout.split("\n", 1);
  if (!isToken(token.trim()))
    throw new CommandError(`the profile's tokenCommand printed no token: ${TOKEN_FAULT}`, EXIT.usage);
  return new Secret(token.trim());
}

function once<T>(read: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: read() }).value;
}

/** @param where it is written, for the message. */
export function readAddress(text: string, where: string): URL {
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CommandError(`${where}: "${text}" is not an address, e.g. http://127.0.0.1:4000`, EXIT.usage);
  return url;
}

/** A gateway's address with or without `/graphql`. */
function toEndpoint(url: URL): URL {
  const target = new URL(url);
  const path = withoutTrailingSlashes(target.pathname);
  target.pathname = path.endsWith("/graphql") ? path : `${path}/graphql`;
  return target;
}
