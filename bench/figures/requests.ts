// How much is asked of the upstream: requests counted there, no time.

import { setTimeout as sleep } from "node:timers/promises";
import { STANDARD_SCREEN, cursorsOf, pageAfter, pageFrom, post, screenOf } from "../screen.js";
import type { Operation, Viewer } from "../screen.js";
import { PARALLEL } from "../upstream/cost-model.js";
import type { Counts } from "../upstream/upstream.js";
import type { Row } from "./figure.js";

const CLIENTS = 32;
const PAGES = 8;
/** What a gateway asks in the background, after its answer, belongs to it too. */
const SETTLE_MS = 150;

/** The upstream, in this process or in another. */
export interface CountedUpstream {
  readonly token: string;
  readonly counts: () => Counts | Promise<Counts>;
  readonly reset: () => void | Promise<void>;
}

export interface RequestOptions {
  readonly upstream: CountedUpstream;
  /** Addresses of the gateways. */
  readonly etna: string;
  readonly careful: string;
  readonly tutorial: string;
  /** Names under which Etna has the upstream and asked nothing of it yet; four are used. */
  readonly fresh: Iterator<string, string>;
  /** Whether the careful gateway is asked by 32 clients, too. */
  readonly patient: boolean;
}

export async function requestRows(options: RequestOptions): Promise<Row[]> {
  const { upstream, etna, careful, tutorial, fresh, patient } = options;
  const counted = async (work: () => Promise<unknown>): Promise<Counts> => {
    await upstream.reset();
    await work();
    await sleep(SETTLE_MS);
    return upstream.counts();
  };
  const asked = (viewer: Viewer, operation: Operation) => counted(() => post(viewer, operation));
  const as = (url: string): Viewer => ({ url, token: upstream.token });
  const anonymous = (url: string): Viewer => ({ url, token: null });

  const first = fresh.next().value;
  const cold = await asked(as(etna), screenOf(first));
  const again = await asked(as(etna), screenOf(first));
  const coldCareful = await asked(as(careful), STANDARD_SCREEN);
  const coldTutorial = await asked(as(tutorial), STANDARD_SCREEN);
  const coldAnonymous = await asked(anonymous(etna), screenOf(fresh.next().value));
  const carefulAnonymous = await asked(anonymous(careful), STANDARD_SCREEN);

  const shared = fresh.next().value;
  const together = await counted(() => atOnce(() => post(as(etna), screenOf(shared))));

  const crowded = fresh.next().value;
  const cursors = await cursorsOf(as(etna), crowded, PAGES);
  const crowd = await counted(() => atOnce((at) => post(as(etna), pageAfter(cursors[at % PAGES] ?? null, crowded))));
  const rivalCrowd = patient
    ? await counted(() => atOnce((at) => post(as(careful), pageFrom(50 * (at % PAGES)))))
    : null;

  return [
    {
      figure: "upstream requests, standard screen, cold, with a token",
      beside: `careful ${coldCareful.total}, tutorial ${coldTutorial.total}`,
      etna: detailed(cold),
      target: "at most 7",
      reached: cold.total <= 7,
    },
    {
      figure: "the same, anonymous",
      beside: `careful ${carefulAnonymous.total}`,
      etna: detailed(coldAnonymous),
      target: "at most 53",
      reached: coldAnonymous.total <= 53,
    },
    {
      figure: "the same, repeated while nothing changed",
      beside: "",
      etna: detailed(again),
      target: "at most 1",
      reached: again.total <= 1,
    },
    {
      figure: `${CLIENTS} identical queries at once, cold`,
      beside: `one query ${cold.total}`,
      etna: detailed(together),
      target: "those of one query",
      reached: together.total <= cold.total,
    },
    {
      figure: `requests at the upstream at once, ${CLIENTS} clients, ${PAGES} cold pages`,
      beside: rivalCrowd === null ? "" : `careful ${rivalCrowd.peak}`,
      etna: `${crowd.peak} (${crowd.total} in all)`,
      target: `at most ${PARALLEL}`,
      reached: crowd.peak <= PARALLEL,
    },
  ];
}

function atOnce(work: (at: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(Array.from({ length: CLIENTS }, (_, at) => work(at)));
}

/** The sum, and what it is made of. */
function detailed({ total, byRoute }: Counts): string {
  const parts = Object.entries(byRoute).map(([route, count]) => `${count} ${route}`);
  return total === 0 ? "0" : `${total} (${parts.join(", ")})`;
}
