// What a job says while it runs: log lines and results, in batches; and the jobs that play-worker plays.
import { fieldsOf, parseDefinition, textOf } from "./definition.js";
import type { CaseResult, Job, ResultMessage } from "./model.js";
import type { LogEntry } from "./store.js";

export interface Batch {
  /** Milliseconds after the job began to run. */
  readonly atMs: number;
  readonly entries: readonly LogEntry[];
}

export interface Script {
  readonly batches: readonly Batch[];
  /** Milliseconds after the begin; null: runs until it is canceled or its time is over. */
  readonly endMs: number | null;
  /** Undefined: ends Complete. */
  readonly error?: { readonly type: string; readonly message: string } | undefined;
}

export const text = (level: string, message: string): LogEntry => ({ level, message });
export const result = (message: ResultMessage): LogEntry => ({ level: "results", message });

/** The verdict that ends every job's log. */
export function verdict(error?: { readonly type: string; readonly message: string }): LogEntry {
  const failure = error === undefined ? {} : { error_msg: error.message, error_type: error.type };
  return result({ case: "job", definition: "lava", ...failure, result: error === undefined ? "pass" : "fail" });
}

/** Entries of a script with their places: `length` is the log line that comes next. */
export class ScriptWriter {
  readonly batches: { atMs: number; entries: LogEntry[] }[] = [];
  length = 0;
  #atMs = 0;

  /** What follows is said `ms` later. */
  wait(ms: number): void {
    this.#atMs += ms;
  }

  get atMs(): number {
    return this.#atMs;
  }

  say(...entries: LogEntry[]): void {
    const last = this.batches.at(-1);
    if (last?.atMs === this.#atMs) last.entries.push(...entries);
    else this.batches.push({ atMs: this.#atMs, entries });
    this.length += entries.length;
  }

  line(level: string, message: string): void {
    this.say(text(level, message));
  }
}

const PLAY_LEVELS = ["debug", "info", "target", "target", "target", "target", "input", "warning", "feedback"];

/** As `play-worker` plays a job, line by line; what to play is in the definition's metadata. */
export function playedScript(job: Job): Script {
  const want = fieldsOf(parseDefinition(job.definition)["metadata"]);
  const number = (key: string, fallback: number): number => Number(want[key] ?? fallback);
  /** Words of the test's own, by which it knows again what this job has said. */
  const mark = want["play-mark"] === undefined ? "" : `-${textOf(want["play-mark"])}`;
  const entries: LogEntry[] = [
    text("info", "lava-dispatcher, installed at version: played"),
    text("info", "start: 0 validate"),
    result({ case: "validate", definition: "lava", result: "pass" }),
  ];
  if (want["play-event"] !== undefined) entries.push(text("event", textOf(want["play-event"])));
  for (let n = 0; n < number("play-lines", 100); n++) {
    const time = (n / 100).toFixed(3).padStart(8);
    entries.push(
      text(PLAY_LEVELS[n % PLAY_LEVELS.length] ?? "debug", `[${time}] played line ${n} of job ${job.id}${mark}`),
    );
  }
  for (let s = 0; s < number("play-suites", 2); s++) {
    for (let c = 0; c < number("play-cases", 5); c++) {
      const outcome: CaseResult = c % 7 === 6 ? "fail" : c % 11 === 10 ? "skip" : "pass";
      const at = entries.length;
      entries.push(
        result({
          starttc: String(at),
          endtc: String(at + 1),
          case: `case-${c}${mark}`,
          definition: `${s}_played${mark}`,
          result: outcome,
          ...(c % 5 === 4 ? { measurement: (c * 1.5).toFixed(2), units: "ms" } : {}),
        }),
      );
    }
  }
  const partMs = number("play-seconds", 1) * 100;
  const step = Math.max(1, Math.floor(entries.length / 10));
  const batches: Batch[] = [];
  for (let at = 0; at < entries.length; at += step) {
    batches.push({ atMs: batches.length * partMs, entries: entries.slice(at, at + step) });
  }
  const failed = (want["play-result"] ?? "pass") !== "pass";
  return {
    batches,
    endMs: batches.length * partMs,
    ...(failed ? { error: { type: textOf(want["play-error"] ?? "Job"), message: "played error" } } : {}),
  };
}
