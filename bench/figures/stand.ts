// The processes of one run: the upstream, Etna twice (warm with one server; cold with many names for it), rivals and clients.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEtna, startPart } from "../parts/process.js";
import type { EtnaProcess, PartProcess } from "../parts/process.js";
import type { Viewer } from "../screen.js";

/** How the one server of a usual Etna is called. */
export const SERVER = "lab";
/** Names for cold measurements: one for each. */
const FRESH_NAMES = 80;

export interface Stand {
  readonly upstream: PartProcess<"upstream">;
  /** Etna as one starts it: one server, with its events. */
  readonly etna: EtnaProcess;
  /** Etna that knows the upstream by many names, so that each is a cold server of a process whose code is compiled. */
  readonly coldEtna: EtnaProcess;
  /** Names of `coldEtna`'s servers of which nothing was asked yet. */
  readonly fresh: Iterator<string, string>;
  readonly careful: PartProcess<"careful">;
  readonly load: PartProcess<"load">;
  /** The token's owner at a gateway. */
  readonly as: (gateway: { readonly url: string }) => Viewer;
  /** One more Etna with one server; the caller stops it. */
  readonly startEtna: (entry?: object, more?: object) => Promise<EtnaProcess>;
  /** Gone when the stand is. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export async function startStand(): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), "etna-bench-"));
  const upstream = await startPart("upstream");
  const { url, eventUrl: publisher, token } = upstream;
  const names = Array.from({ length: FRESH_NAMES }, (_, at) => `cold${at}`);
  // JSON is YAML, too.
  const write = async (file: string, lava: readonly object[], more: object = {}): Promise<string> => {
    const path = join(folder, file);
    await writeFile(path, JSON.stringify({ ...more, lava }));
    return path;
  };
  const one = await write("one.yaml", [{ name: SERVER, url, publisher }]);
  const many = await write(
    "many.yaml",
    names.map((name) => ({ name, url, publisher, tokens: "shared" })),
  );
  const etna = await startEtna(one);
  const coldEtna = await startEtna(many);
  const careful = await startPart("careful", url, 0);
  const load = await startPart("load");
  return {
    upstream,
    etna,
    coldEtna,
    fresh: namesOf(names),
    careful,
    load,
    as: (gateway) => ({ url: gateway.url, token }),
    startEtna: async (entry = {}, more = {}) =>
      startEtna(await write(`${crypto.randomUUID()}.yaml`, [{ name: SERVER, url, publisher, ...entry }], more)),
    folder,
    close: async () => {
      await Promise.all([etna, coldEtna, careful, load].map((running) => running.stop()));
      await upstream.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function* namesOf(names: readonly string[]): Generator<string, string, undefined> {
  yield* names;
  throw new Error(`more than ${names.length} cold measurements`);
}
