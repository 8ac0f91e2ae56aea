// What every figure is made of: a row of the table, and how runs become one number.

export interface Row {
  readonly figure: string;
  /** What it is compared with, measured in the same run; empty where the target is a plain number. */
  readonly beside: string;
  readonly etna: string;
  readonly target: string;
  readonly reached: boolean;
}

/** How much is measured. */
export interface Settings {
  /** Measurements of each figure; the table shows medians. */
  readonly runs: number;
  /** Unmeasured ones before, so that both sides' code is compiled. */
  readonly warmUps: number;
  /** Length of one measurement of requests per second. */
  readonly loadMs: number;
  /** Clients of the measurements with many. */
  readonly clients: number;
  readonly subscribers: number;
  /** Whether the rivals are put under load without their cache, which takes half a minute. */
  readonly patient: boolean;
  /** Length of one measurement of a living lab. */
  readonly livingMs: number;
}

export const FULL: Settings = {
  runs: 10,
  warmUps: 20,
  loadMs: 1_000,
  clients: 32,
  subscribers: 1_000,
  patient: true,
  livingMs: 20_000,
};
export const QUICK: Settings = {
  runs: 2,
  warmUps: 1,
  loadMs: 300,
  clients: 8,
  subscribers: 100,
  patient: false,
  livingMs: 12_000,
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}

export function ratio(value: number): string {
  return value.toFixed(2);
}
