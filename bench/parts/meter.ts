// Loaded before the main module of each measured process: tells the stand what the process has used.

import type { Question } from "./question.js";

export interface Usage {
  /** User and system time of all threads since the start. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

process.on("message", ({ id, method }: Question) => {
  if (method !== "usage") return;
  const { user, system } = process.cpuUsage();
  const value: Usage = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
  process.send?.({ id, value });
});
// The measured process ends when it wants to.
process.channel?.unref();
