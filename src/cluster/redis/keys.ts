// What is in Redis tells nothing without the cluster's secret: names of servers and uuids as HMAC, bodies sealed.

import { createHmac } from "node:crypto";
import { SealingKey } from "../../events/sealing-key.js";
import type { Secret } from "../../net/secret.js";
import type { LabName } from "../cluster.js";

const NAME_BYTES = 16;

/** Of one server. */
export interface LabKeys {
  /** What the keys of the server begin with. */
  readonly base: string;
  readonly bodies: SealingKey;
  /** What stands for the uuid of an event. */
  readonly hash: (uuid: string) => string;
}

export class ClusterKeys {
  readonly cursors: SealingKey;
  /** The sorted set of members. */
  readonly members: string;
  readonly #prefix: string;
  readonly #names: Buffer;

  /** @param name of the cluster, so that several may use one engine. */
  constructor(
    private readonly secret: Secret,
    name: string,
  ) {
    this.#prefix = `etna:${name}`;
    this.members = `${this.#prefix}:members`;
    this.cursors = new SealingKey(secret.derive("cursors"));
    this.#names = secret.derive("names");
  }

  of({ name, url }: LabName): LabKeys {
    const lab = this.#digest(JSON.stringify([name, url]));
    return {
      base: `${this.#prefix}:${lab}`,
      bodies: new SealingKey(this.secret.derive(`bodies of ${lab}`)),
      hash: (uuid) => this.#digest(JSON.stringify([name, url, uuid])),
    };
  }

  #digest(text: string): string {
    const digest = createHmac("sha256", this.#names).update(text).digest();
    return digest.subarray(0, NAME_BYTES).toString("base64url");
  }
}
