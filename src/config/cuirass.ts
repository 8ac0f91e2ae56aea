// What the configuration says of changes at a Cuirass: whether Etna may make them, and with whose credentials.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { mayCarrySecrets } from "../net/authorization.js";
import { Secret } from "../net/secret.js";

export interface CuirassAccess {
  /** Whether Etna may change something there, for whoever asks Etna: Cuirass knows no users. */
  readonly mutations: boolean;
  /** What the reverse proxy before it wants for changes; null for nothing. */
  readonly credentials: CuirassCredentialsConfig | null;
  /** Whether they may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
}

/** One of them, or both. */
export interface CuirassCredentialsConfig {
  /** For HTTP's Basic authentication. */
  readonly login: { readonly username: string; readonly password: Secret } | null;
  /** A TLS client's; both PEM. */
  readonly certificate: { readonly certificate: string; readonly key: Secret } | null;
}

const text = z.string().min(1).optional();

/** Keys of an entry under `cuirass`. */
export const cuirassAccessKeys = {
  mutations: z.boolean().optional(),
  insecure: z.boolean().optional(),
  credentials: z
    .strictObject({
      username: z
        .string()
        .regex(/^[^:\p{Cc}]+$/u, "must not be empty, nor hold a colon or control characters")
        .optional(),
      password: text,
      certificate: text,
      key: text,
    })
    .optional(),
};

type CuirassAccessEntry = z.infer<z.ZodObject<typeof cuirassAccessKeys>>;

export const CUIRASS_ACCESS_EXAMPLES = {
  "cuirass.mutations": "false",
  "cuirass.insecure": "false",
  "cuirass.credentials": "{username: etna, password: ${CUIRASS_PASSWORD}}",
  "cuirass.credentials.username": "etna",
  "cuirass.credentials.password": "${CUIRASS_PASSWORD}",
  "cuirass.credentials.certificate": "/etc/etna/cuirass.pem",
  "cuirass.credentials.key": "/etc/etna/cuirass.key",
} as const;

/** @param path of the entry, e.g. `cuirass.0`. What is wrong goes to `faults`. */
export function readCuirassAccess(path: string, entry: CuirassAccessEntry, faults: string[]): CuirassAccess {
  const { mutations = false, insecure = false } = entry;
  if (entry.credentials === undefined) return { mutations, insecure, credentials: null };
  const { username, password, certificate, key } = entry.credentials;
  const missing = (name: "username" | "password" | "certificate" | "key", other: string) => {
    faults.push(
      `${path}.credentials.${name}: is needed with ${other}; e.g. ${CUIRASS_ACCESS_EXAMPLES[`cuirass.credentials.${name}`]}`,
    );
  };
  if (username === undefined && password !== undefined) missing("username", "password");
  if (username !== undefined && password === undefined) missing("password", "username");
  if (certificate === undefined && key !== undefined) missing("certificate", "key");
  if (certificate !== undefined && key === undefined) missing("key", "certificate");
  if (username === undefined && password === undefined && certificate === undefined && key === undefined) {
    faults.push(`${path}.credentials: is empty; e.g. ${CUIRASS_ACCESS_EXAMPLES["cuirass.credentials"]}`);
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
    mutations,
    insecure,
    credentials: {
      login: username === undefined || password === undefined ? null : { username, password: new Secret(password) },
      certificate:
        certificate === undefined || key === undefined
          ? null
          : { certificate: read("certificate", certificate), key: new Secret(read("key", key)) },
    },
  };
}

/** What no single key shows. */
export function checkCuirassAccess(path: string, access: CuirassAccess & { readonly url: URL }): string[] {
  const { url, mutations, credentials, insecure } = access;
  if (credentials === null) return [];
  const faults: string[] = [];
  if (!mutations) {
    faults.push(`${path}.credentials: are for changes only, which are off; write mutations: true, or leave them out`);
  }
  if (url.protocol !== "http:") return faults;
  if (credentials.certificate !== null) {
    faults.push(`${path}.credentials.certificate: needs TLS; write https://${url.host}`);
  }
  if (credentials.login !== null && !mayCarrySecrets({ url, insecure })) {
    faults.push(`${path}.url: a password would travel over plain http; write https://${url.host}, or insecure: true`);
  }
  return faults;
}
