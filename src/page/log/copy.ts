// Lines into the clipboard, as text without escapes, also those that are not on the screen.

import { plural } from "../format.js";
import type { LineRange } from "../routes.js";
import { toPlain } from "./escapes.js";
import type { LogAt } from "./log-at.js";

const LINES_MAX = 10_000;
const PAGE_LINES = 1_000;

/** Gives what to tell the reader. */
export async function copyLines(at: LogAt, { first, last }: LineRange): Promise<string> {
  const count = last - first + 1;
  if (count > LINES_MAX) return `At most ${LINES_MAX} lines at a time; the raw log has all.`;
  try {
    const texts: string[] = [];
    for (let from = first; from <= last; from += PAGE_LINES) {
      const page = await at.lines({ from, first: Math.min(PAGE_LINES, last - from + 1) });
      texts.push(...page.lines.map(({ text }) => toPlain(text)));
    }
    await writeClipboard(`${texts.join("\n")}\n`);
    return `Copied ${plural(texts.length, "line")}.`;
  } catch {
    return "Nothing was copied: the lines did not come, or the browser does not allow it.";
  }
}

/** Without TLS a browser gives no clipboard; there the old command still works. */
export async function writeClipboard(text: string): Promise<void> {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without TLS
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser did not copy");
}
