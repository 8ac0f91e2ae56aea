// LAVA's ids: a test job has an integer; a node of a multinode job has a sub id `2008.1` besides.

import { InputRefused } from "../../errors.js";

declare const brand: unique symbol;
export type LavaJobId = number & { readonly [brand]: "LavaJobId" };
/** `GROUP.N` of a multinode job's node. */
export type LavaSubId = string & { readonly [brand]: "LavaSubId" };

const JOB_ID_MAX = 2_147_483_647;

export function toJobId(id: number): LavaJobId {
  return id as LavaJobId;
}

/** Reads `1234` or `2008.1`; null for anything else, and for numbers beyond those that LAVA can give. */
export function parseJobId(text: string): LavaJobId | LavaSubId | null {
  const [, group, node] = /^(\d{1,10})(?:\.(\d{1,5}))?$/.exec(text) ?? [];
  // A node's own number is at least its place behind its group's.
  if (group === undefined || Number(group) + Number(node ?? 0) > JOB_ID_MAX) return null;
  return node === undefined ? toJobId(Number(group)) : (text as LavaSubId);
}

/** Like `readJobId`, for a look-up: null for a number beyond those that LAVA can give, since no test job has it. */
export function findJobId(argument: string, text: string): LavaJobId | LavaSubId | null {
  return isBeyond(text) ? null : readJobId(argument, text);
}

function isBeyond(text: string): boolean {
  return /^\d+(?:\.\d{1,5})?$/.test(text) && parseJobId(text) === null;
}

/** Like `parseJobId`, but throws `InputRefused` that names the argument and the two forms. */
export function readJobId(argument: string, text: string): LavaJobId | LavaSubId {
  const id = parseJobId(text);
  if (id === null) {
    const reason = isBeyond(text) ? `LAVA's numbers end at ${JOB_ID_MAX}` : "write 1234, or 2008.1 in a multinode job";
    throw new InputRefused(argument, `"${text.slice(0, 40)}" is not a test job's id; ${reason}`);
  }
  return id;
}

/** LAVA's hostnames; anything else can't exist, a comma would break a list of them, and `..` would leave a path. */
export function readHostname(argument: string, text: string): string {
  if (!/^(?!\.+$)[\w.+-]{1,200}$/.test(text))
    throw new InputRefused(argument, `"${text.slice(0, 60)}" is not a hostname`);
  return text;
}
