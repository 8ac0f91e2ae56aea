// The configuration's file: YAML or JSON, with `${NAME}` of the environment in its values.

import { readFileSync } from "node:fs";
import yaml from "js-yaml";
import { ConfigError } from "./config-error.js";

const NO_VARIABLE = "the environment has no";

export interface Variables {
  /** Puts values in place of `${NAME}`; nothing where the environment has none, which is a fault. */
  readonly expand: (text: string, path: string) => string;
  /** Of a value whose variable is missing only that is told: what else is wrong with it comes of being empty. */
  readonly withoutFollowing: (faults: readonly string[]) => readonly string[];
}

export function createVariables(env: Readonly<Record<string, string | undefined>>, faults: string[]): Variables {
  const missing = new Set<string>();
  return {
    expand: (text, path) =>
      text.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
        const found = env[variable];
        if (found === undefined) {
          faults.push(`${path}: ${NO_VARIABLE} ${variable}; set it, e.g. export ${variable}=…`);
          missing.add(path);
        }
        return found ?? "";
      }),
    withoutFollowing: (all) =>
      all.filter((fault) => {
        const path = [...missing].find((one) => fault.startsWith(`${one}: `));
        return path === undefined || fault.startsWith(`${path}: ${NO_VARIABLE}`);
      }),
  };
}

/** @param expandText is given each text in the file, with its path. */
export function readFile(path: string, expandText: (text: string, path: string) => string): Record<string, unknown> {
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
  return mapTexts(value, expandText, "") as Record<string, unknown>;
}

/** Texts in values only, never in keys. */
function mapTexts(value: unknown, map: (text: string, path: string) => string, path: string): unknown {
  if (typeof value === "string") return map(value, path);
  if (Array.isArray(value)) return value.map((item, at) => mapTexts(item, map, `${path}.${at}`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, map, path === "" ? key : `${path}.${key}`)]),
  );
}
