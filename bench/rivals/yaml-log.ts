// A log as most programs read it: the whole of it, with js-yaml.

import yaml from "js-yaml";

export interface YamlLog {
  /** Reads the whole log; how many lines it has and how long that took, request included. */
  readonly read: (url: string) => Promise<{ readonly lines: number; readonly ms: number }>;
}

export function createYamlLog(): YamlLog {
  return {
    read: async (url) => {
      const start = performance.now();
      const text = await (await fetch(url)).text();
      const lines = yaml.load(text) as readonly unknown[];
      return { lines: lines.length, ms: performance.now() - start };
    },
  };
}
