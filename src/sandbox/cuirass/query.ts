// Query strings as Cuirass reads them (cuirass.md, sections 1 and 4.2): never percent-decoded, split on & and =.

import type { Build } from "./farm.js";

/** Raised where the real server runs into an uncaught exception: the answer is a bare 500. */
export class UncaughtException extends Error {
  override readonly name = "UncaughtException";
}

/** Parameters of a query string; a value that contains `=` is dropped, of repeated ones the last wins. */
export function parseQuery(query: string | null): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of (query ?? "").split("&")) {
    const [key, value, ...rest] = pair.split("=");
    if (key !== undefined && value !== undefined && rest.length === 0) parameters.set(key, value);
  }
  return parameters;
}

/** `string->number`; NaN for what is no number. */
export function schemeNumber(text: string): number {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const fraction = /^([+-]?\d+)\/(\d+)$/.exec(text);
  return fraction === null ? Number.NaN : Number(fraction[1]) / Number(fraction[2]);
}

const INT4_MAX = 2_147_483_647;

/** A number that PostgreSQL takes as an id. */
export function int4(value: number): number {
  if (!Number.isInteger(value) || Math.abs(value) > INT4_MAX) throw new UncaughtException("not an int4");
  return value;
}

/** A number that PostgreSQL takes for LIMIT. */
export function sqlLimit(value: number): number {
  if (!Number.isInteger(value) || value < 0) throw new UncaughtException("LIMIT must not be negative");
  return value;
}

/** Members of an array literal `{a,b}`. */
export function sqlArray(value: string): readonly string[] {
  if (value === "") return [];
  const members = value.split(",");
  if (/["{}\\]/.test(value) || members.includes("")) throw new UncaughtException("malformed array literal");
  return members;
}

type Test = (build: Build) => boolean;

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new UncaughtException("invalid input syntax for type integer");
  return Number(text);
}

function afterBorder(parameters: ReadonlyMap<string, string>, which: "low" | "high"): Test | undefined {
  const time = parameters.get(`border-${which}-time`);
  const id = parameters.get(`border-${which}-id`);
  if (time === undefined || id === undefined) return undefined;
  const [borderTime, borderId] = [int4(integer(time)), int4(integer(id))];
  return (build) => {
    const order = build.stoptime === borderTime ? build.id - borderId : build.stoptime - borderTime;
    return which === "low" ? order > 0 : order < 0;
  };
}

/** All filters of /api/latestbuilds and /api/queue, documented or not; `status` is among the ignored ones. */
export function buildFilter(parameters: ReadonlyMap<string, string>): Test {
  if (parameters.has("weather") || parameters.has("ids")) throw new UncaughtException("unsupported filter");
  const tests: Test[] = [];
  const text = (name: string, field: (build: Build) => string | null): void => {
    const wanted = parameters.get(name);
    if (wanted !== undefined) tests.push((build) => field(build) === wanted);
  };
  const number = (name: string, test: (build: Build, wanted: number) => boolean): void => {
    const value = parameters.get(name);
    if (value === undefined) return;
    const wanted = int4(integer(value));
    tests.push((build) => test(build, wanted));
  };
  text("jobset", (build) => build.jobset);
  text("job", (build) => build.job);
  text("system", (build) => build.system);
  text("derivation", (build) => build.derivation);
  text("worker", (build) => build.worker);
  number("evaluation", (build, wanted) => build.evaluation === wanted);
  number("id", (build, wanted) => build.id === wanted);
  number("oldevaluation", (build, wanted) => build.evaluation < wanted);
  for (const border of [afterBorder(parameters, "low"), afterBorder(parameters, "high")]) {
    if (border !== undefined) tests.push(border);
  }
  return (build) => tests.every((test) => test(build));
}

/** An order that means nothing, the same for the same request: what SQL gives where no order is asked for. */
export function arbitraryRank(id: number, salt: number): number {
  const mixed = Math.imul((id ^ (salt << 7)) + 0x9e37, 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
