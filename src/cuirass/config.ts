// Cuirass' part of the configuration: the keys of an entry under `cuirass`.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { examplesOf, key } from "../ci/config-keys.js";
import type { ServerOptions, SystemConfig } from "../ci/system.js";
import { mayCarrySecrets } from "../net/authorization.js";
import { Secret } from "../net/secret.js";
import type { CuirassCredentials } from "./client/admin-client.js";

export interface CuirassServerOptions extends ServerOptions {
  /** Seconds between polls of what somebody follows. Default: 5. */
  readonly poll?: number | undefined;
  /** Whether Etna may change something there, for whoever asks Etna: Cuirass knows no users. Default: no. */
  readonly mutations?: boolean | undefined;
  /** What the reverse proxy before it wants for changes; null for nothing. */
  readonly credentials?: CuirassCredentials | null | undefined;
  /** Whether they may travel over plain http to a host that is not loopback. */
  readonly insecure?: boolean | undefined;
}

const credentialKeys = {
  username: key(
    z.string().regex(/^[^:\p{Cc}]+$/u, "must not be empty, nor hold a colon or control characters"),
    "etna",
    "For HTTP's Basic authentication.",
  ),
  password: key(z.string().min(1), "${CUIRASS_PASSWORD}", "For HTTP's Basic authentication."),
  certificate: key(z.string().min(1), "/etc/etna/cuirass.pem", "File of a TLS client's certificate, PEM."),
  key: key(z.string().min(1), "/etc/etna/cuirass.key", "File of its key, PEM."),
};

const keys = {
  poll: key(z.coerce.number().min(1).max(3_600), "5", "Seconds between polls of what somebody follows."),
  mutations: key(z.boolean(), "false", "Whether Etna may change something there, for whoever asks Etna."),
  insecure: key(z.boolean(), "false", "Whether a password may travel over plain http to a host that is not loopback."),
  credentials: key(
    z.strictObject(credentialKeys),
    "{username: etna, password: ${CUIRASS_PASSWORD}}",
    "What the reverse proxy before it wants for changes.",
  ),
};

type CredentialKey = keyof typeof credentialKeys;
const EXAMPLES = examplesOf(keys);

export const cuirassConfig: SystemConfig<CuirassServerOptions, typeof keys> = {
  example: { name: "guix", url: "https://ci.example.org" },
  keys,
  read: ({ url, poll, mutations = false, insecure = false, credentials: given }, path, faults) => {
    const credentials = given === undefined ? null : readCredentials(given, path, faults);
    if (credentials !== null) checkCredentials({ url: new URL(url), mutations, insecure, credentials }, path, faults);
    return { ...(poll === undefined ? {} : { poll }), mutations, insecure, credentials };
  },
};

function readCredentials(
  { username, password, certificate, key }: Partial<Record<CredentialKey, string | undefined>>,
  path: string,
  faults: string[],
): CuirassCredentials {
  const missing = (name: CredentialKey, other: string) => {
    faults.push(`${path}.credentials.${name}: is needed with ${other}; e.g. ${EXAMPLES[`credentials.${name}`]}`);
  };
  if (username === undefined && password !== undefined) missing("username", "password");
  if (username !== undefined && password === undefined) missing("password", "username");
  if (certificate === undefined && key !== undefined) missing("certificate", "key");
  if (certificate !== undefined && key === undefined) missing("key", "certificate");
  if (username === undefined && password === undefined && certificate === undefined && key === undefined) {
    faults.push(`${path}.credentials: is empty; e.g. ${EXAMPLES.credentials}`);
  }

  const read = (name: "certificate" | "key", file: string): string => {
    try {
      const pem = readFileSync(file, "utf8");
      if (!pem.includes("-----BEGIN ")) faults.push(`${path}.credentials.${name}: ${file} is not PEM`);
      return pem;
    } catch {
      faults.push(`${path}.credentials.${name}: ${file} can't be read`);
      return "";
    }
  };
  return {
    login: username === undefined || password === undefined ? null : { username, password: new Secret(password) },
    certificate:
      certificate === undefined || key === undefined
        ? null
        : { certificate: read("certificate", certificate), key: new Secret(read("key", key)) },
  };
}

interface Access {
  readonly url: URL;
  readonly mutations: boolean;
  readonly insecure: boolean;
  readonly credentials: CuirassCredentials;
}

function checkCredentials({ url, mutations, insecure, credentials }: Access, path: string, faults: string[]): void {
  if (!mutations) {
    faults.push(`${path}.credentials: are for changes only, which are off; write mutations: true, or leave them out`);
  }
  if (url.protocol !== "http:") return;
  if (credentials.certificate !== null) {
    faults.push(`${path}.credentials.certificate: needs TLS; write https://${url.host}`);
  }
  if (credentials.login !== null && !mayCarrySecrets({ url, insecure })) {
    faults.push(`${path}.url: a password would travel over plain http; write https://${url.host}, or insecure: true`);
  }
}
