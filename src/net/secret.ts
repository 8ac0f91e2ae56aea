// A wrapper that keeps tokens out of logs, errors and dumps: whatever prints it prints stars.

import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { isMapping } from "../codec/mapping.js";

const processKey = randomBytes(32);

/** A token or password. Only `reveal` gives the text, and only the code that writes it into a request header calls it. */
export class Secret {
  readonly #text: string;
  #fingerprint: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** A key that is equal for equal secrets within this process and says nothing about them (HMAC-SHA-256, hex). */
  fingerprint(): string {
    return (this.#fingerprint ??= createHmac("sha256", processKey).update(this.#text).digest("hex"));
  }

  /** A key of 32 bytes for one purpose, from which neither the secret nor another purpose's key can be told (HKDF). */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#text, "etna", purpose, 32));
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}

/** Whether two plain values are the same to their last field, in which secrets are compared without being shown. */
export function sameWithSecrets(one: unknown, other: unknown): boolean {
  return written(one) === written(other);
}

function written(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, shown: unknown) {
    const field = this[key];
    if (field instanceof Secret) return field.fingerprint();
    if (!isMapping(shown)) return shown;
    // In whatever order its keys were written.
    return Object.fromEntries(Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
