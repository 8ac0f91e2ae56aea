// What a board says while it runs the suites of a definition; the same job always says the same.
import { FAILURES, SUITES } from "./catalog.js";
import { fieldsOf, listOf, parseDefinition, textOf } from "./definition.js";
import type { CaseResult, Job } from "./model.js";
import { Random } from "../random.js";
import { result, type Script, ScriptWriter } from "./scripts.js";

/** What a definition's metadata says of how it goes; null for most, which leave it to the job's own dice. */
interface Played {
  readonly fails: ReadonlySet<string>;
  readonly error: { readonly type: string; readonly message: string } | null;
}

function playedOf(definition: string): Played | null {
  const metadata = fieldsOf(parseDefinition(definition)["metadata"]);
  if (metadata["play-fails"] === undefined) return null;
  const error = textOf(metadata["play-error"]);
  return {
    fails: new Set(textOf(metadata["play-fails"]).split(" ")),
    error: FAILURES.find(({ type }) => type === error) ?? null,
  };
}

export interface BoardWishes {
  /** How it ends; undefined lets the job's own dice decide, null means well. */
  readonly error?: { readonly type: string; readonly message: string } | null;
  /** At least so many log lines. */
  readonly lines?: number;
}

const WORDS =
  "usb eth0 mmc clk regulator gpio i2c spi dma irq thermal cpufreq mm fs net drm audio pci phy rtc pwm probe init resume suspend reset enable disable link up down ready failed retry timeout done".split(
    " ",
  );
const UNITS = ["s", "ms", "MB/s", "count"];
const ACTIONS = [
  ["git-repo-action", "1.3.2"],
  ["test-overlay", "1.3.3"],
  ["test-install-overlay", "1.3.4"],
  ["test-runscript-overlay", "1.3.5"],
  ["http-download", "1.4.1"],
  ["auto-login-action", "2.4.4"],
] as const;
/** A worker sends what it has every second. */
const BATCH_MS = 1000;

/** Names of the suites that a definition's test actions run, in order. */
export function suitesOf(definition: string): string[] {
  return listOf(parseDefinition(definition)["actions"])
    .flatMap((action) => listOf(fieldsOf(fieldsOf(action)["test"])["definitions"]))
    .map((one) => textOf(fieldsOf(one)["name"]));
}

/** Runs 5 to 20 s. */
export function boardScript(job: Job, wishes: BoardWishes = {}): Script {
  const random = new Random(job.id * 7919 + 17);
  const played = playedOf(job.definition);
  const board = new Board(random, played);
  const lots = random.chance(0.14) ? random.pick(FAILURES) : null;
  const error = wishes.error === undefined ? (played === null ? lots : played.error) : wishes.error;
  const suites = suitesOf(job.definition);
  const seconds = random.int(5, 20);

  board.start(job, error === null ? ACTIONS.length : random.int(2, ACTIONS.length));
  for (const [index, name] of suites.entries()) {
    if (error !== null && index > 1) break;
    const cases = SUITES[name] ?? ["smoke"];
    const count = error !== null && index === suites.length - 1 ? random.int(0, 4) : cases.length;
    board.suite(index, name, cases.slice(0, count), index === 0 && job.id % 4 === 0);
  }
  board.chatter(Math.max(0, (wishes.lines ?? 0) - board.writer.length - 2));
  if (error === null) board.writer.line("info", "Job finished correctly");
  else board.writer.line("error", `${error.type}Error: ${error.message}`);
  return { batches: spread(board.writer, seconds * 1000), endMs: seconds * 1000, ...(error === null ? {} : { error }) };
}

class Board {
  readonly writer = new ScriptWriter();
  readonly #random: Random;
  readonly #played: Played | null;

  constructor(random: Random, played: Played | null) {
    this.#random = random;
    this.#played = played;
  }

  start(job: Job, actions: number): void {
    this.writer.line("info", "lava-dispatcher, installed at version: 2023.01");
    this.writer.line("info", "start: 0 validate");
    this.writer.say(result({ case: "validate", definition: "lava", result: "pass" }));
    this.writer.line("debug", `[common] Preparing overlay tarball in /var/lib/lava/dispatcher/tmp/${job.id}`);
    for (const [name, level] of ACTIONS.slice(0, actions)) {
      this.writer.line("info", `start: ${level} ${name} (timeout 00:05:00) [common]`);
      if (name === "auto-login-action") this.chatter(60);
      const duration = (this.#random.next() * 20).toFixed(2);
      this.writer.say(
        result({
          case: name,
          definition: "lava",
          duration,
          extra: { label: name },
          level,
          namespace: "common",
          result: "pass",
        }),
      );
    }
  }

  suite(index: number, name: string, cases: readonly string[], hasSet: boolean): void {
    const suite = `${index}_${name}`;
    this.writer.line("debug", `Received signal: <STARTRUN> ${suite}`);
    for (const [n, one] of cases.entries())
      this.#case(suite, one, hasSet && n < 3 ? "first-set" : undefined, name === "boot-time");
    this.writer.line("debug", `Received signal: <ENDRUN> ${suite}`);
    const duration = (cases.length * 1.7).toFixed(2);
    this.writer.say(result({ case: suite, definition: "lava", duration, namespace: "common", result: "pass" }));
  }

  #case(suite: string, name: string, set: string | undefined, measures: boolean): void {
    const random = this.#random;
    const dice = random.next();
    const thrown: CaseResult = dice < 0.88 ? "pass" : dice < 0.95 ? "fail" : dice < 0.99 ? "skip" : "unknown";
    const outcome = this.#played === null ? thrown : this.#played.fails.has(name) ? "fail" : "pass";
    const measured = random.chance(measures ? 0.9 : 0.1);
    const value = (random.next() * 1000).toFixed(random.int(1, 4));
    const starttc = this.writer.length;
    this.writer.line("debug", `Received signal: <STARTTC> ${name}`);
    this.chatter(random.int(0, 3));
    if (outcome === "fail")
      this.writer.line("target", `\u001b[1;31mFAIL\u001b[0m: ${name}: expected 0, got ${random.int(1, 99)}`);
    this.writer.line("debug", `Received signal: <ENDTC> ${name}`);
    this.writer.say(
      result({
        case: name,
        definition: suite,
        endtc: this.writer.length - 1,
        ...(measured ? { measurement: value } : {}),
        result: outcome,
        ...(set === undefined ? {} : { set }),
        starttc,
        ...(measured ? { units: random.pick(UNITS) } : {}),
      }),
    );
  }

  /** Lines of the board's kernel. */
  chatter(lines: number): void {
    const random = this.#random;
    for (let n = 0; n < lines; n++) {
      const time = (this.writer.length * 0.0173).toFixed(6).padStart(12);
      const words = Array.from({ length: random.int(2, 8) }, () => random.pick(WORDS)).join(" ");
      const plain = `[${time}] ${random.pick(WORDS)} ${random.int(0, 16)}: ${words}`;
      const decorated =
        n % 53 === 17 ? `\u001b[1;33m${plain}\u001b[0m` : n % 59 === 23 ? `${plain} 41 °C — naïve ✓` : plain;
      this.writer.line(n % 31 === 11 ? "warning" : "target", decorated);
    }
  }
}

// The same lines, dealt out over the job's time in a worker's batches.
function spread(writer: ScriptWriter, totalMs: number): Script["batches"] {
  const entries = writer.batches.flatMap((batch) => batch.entries);
  const count = Math.max(1, Math.floor(totalMs / BATCH_MS));
  const size = Math.ceil(entries.length / count);
  return Array.from({ length: count }, (_, n) => ({
    atMs: n * BATCH_MS,
    entries: entries.slice(n * size, (n + 1) * size),
  })).filter((batch) => batch.entries.length > 0);
}
