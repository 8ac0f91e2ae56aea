// What only Cuirass' HTML pages have (cuirass.md, section 4.5): ids, names and figures, never its times, which are relative.

import { parseId } from "./ids.js";

/** A worker of a build machine; what it builds is null while it is idle. */
export interface WireWorker {
  readonly machine: string;
  readonly build: number | null;
  readonly job: string | null;
  /** How far it is, as Cuirass guesses by the build before of the same job. */
  readonly percent: number | null;
}

/** The page `/workers`; null for a page that is not as known. */
export function parseWorkers(html: string): readonly WireWorker[] | null {
  if (!html.includes("Workers status")) return null;
  return html
    .split('<a href="/machine/')
    .slice(1)
    .flatMap((block) => {
      const [machine = ""] = block.split('"', 1).map(decodeURIComponent);
      return block
        .split('<div class="progress-bar')
        .slice(1)
        .map((bar) => readBar(machine, bar));
    });
}

function readBar(machine: string, bar: string): WireWorker {
  const [, link = ""] = bar.split('href="/build/', 2);
  const [, id = "", job = ""] = /^(\d{1,10})\/details">([^<]{0,200})</.exec(link) ?? [];
  const build = parseId(id);
  const [, percent] = /style="width: (\d{1,3})%"/.exec(bar) ?? [];
  if (build === null) return { machine, build: null, job: null, percent: null };
  return { machine, build, job: unescape(job), percent: percent === undefined ? null : Number(percent) };
}

/** Builds that a build waits for, or waited for, of its page `/build/ID/details`; null for a page that is not as known. */
export function parseDependencies(html: string): readonly number[] | null {
  const [, cell] = html.split('<td class="dependencies">');
  if (cell === undefined) return null;
  const [links = ""] = cell.split("</td>");
  return [
    ...new Set([...links.matchAll(/href="\/build\/(\d{1,10})\/details"/g)].map(([, id]) => parseId(id ?? ""))),
  ].filter((id) => id !== null);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function unescape(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
