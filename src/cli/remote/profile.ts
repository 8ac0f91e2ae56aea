// The user's profile: which gateway is asked when nothing else names one, and how its token is read. It holds no token.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CommandError, EXIT } from "../exit.js";

export interface Profile {
  readonly url: URL | null;
  /** For the shell; prints the token. Null for none. */
  readonly tokenCommand: string | null;
  /** The server that the token is for, and that is asked; null where the gateway has one. */
  readonly server: string | null;
  readonly insecure: boolean;
}

const NONE: Profile = { url: null, tokenCommand: null, server: null, insecure: false };

/** Below `$XDG_CONFIG_HOME`, else `~/.config`, as the XDG Base Directory Specification says: only absolute paths count. */
export function profilePath(): string {
  const folder = process.env.XDG_CONFIG_HOME;
  return join(folder?.startsWith("/") === true ? folder : join(homedir(), ".config"), "etna", "config.yaml");
}

/** Throws `CommandError` with what is wrong in the file. */
export async function readProfile(): Promise<Profile> {
  const path = profilePath();
  if (!existsSync(path)) return NONE;
  const { default: yaml } = await import("js-yaml");
  const { z } = await import("zod");
  const refuse = (fault: string) => new CommandError(`${path}: ${fault}`, EXIT.usage);
  let value: unknown;
  try {
    value = yaml.load(readFileSync(path, "utf8"), { schema: yaml.CORE_SCHEMA });
  } catch (error) {
    if (error instanceof yaml.YAMLException) throw refuse(`is not YAML: ${error.reason}`);
    throw refuse(
      `can't be read (${error instanceof Error && "code" in error ? String(error.code) : "unknown reason"})`,
    );
  }
  const address = z.url({
    protocol: /^https?$/,
    error: "is not an http or https address, e.g. https://etna.example.org",
  });
  const text = z.string("is not a text").min(1, "is empty; leave it out");
  const { success, data, error } = z
    .strictObject(
      {
        url: address.optional(),
        tokenCommand: text.optional(),
        server: text.optional(),
        insecure: z.boolean("is not true or false").optional(),
      },
      {
        error: (issue) =>
          issue.code === "invalid_type" ? "must hold a mapping, e.g. url: https://etna.example.org" : undefined,
      },
    )
    .safeParse(value ?? {});
  if (!success) {
    const faults = error.issues.map((issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown key ${issue.keys.join(", ")}; there are url, tokenCommand, server and insecure`
        : `${issue.path.join(".")}${issue.path.length === 0 ? "" : ": "}${issue.message}`,
    );
    throw refuse(faults.join("; "));
  }
  const { url, tokenCommand = null, server = null, insecure = false } = data;
  if (tokenCommand !== null && url === undefined)
    throw refuse("tokenCommand: name the gateway that the token is for, e.g. url: https://etna.example.org");
  return { url: url === undefined ? null : new URL(url), tokenCommand, server, insecure };
}
