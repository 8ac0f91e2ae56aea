// A process of the stand: makes the part that its first argument names, with the rest as JSON, and does what it is asked.

import { createBareBroadcast } from "../rivals/bare-broadcast.js";
import { createBareHttp } from "../rivals/bare-http.js";
import { createBareSubscriber } from "../rivals/bare-subscriber.js";
import { createCarefulGateway } from "../rivals/careful-gateway.js";
import { createTutorialGateway } from "../rivals/tutorial-gateway.js";
import { createYamlLog } from "../rivals/yaml-log.js";
import { createUpstream } from "../upstream/upstream.js";
import { createLoad } from "./load.js";
import type { Question } from "./question.js";
import { createSubscribers } from "./subscribers.js";

const PARTS = {
  upstream: createUpstream,
  tutorial: createTutorialGateway,
  careful: createCarefulGateway,
  bareHttp: createBareHttp,
  bareBroadcast: createBareBroadcast,
  bareSubscriber: createBareSubscriber,
  yamlLog: createYamlLog,
  load: createLoad,
  subscribers: createSubscribers,
};

export type Parts = typeof PARTS;
export type PartName = keyof Parts;

const [name, args] = process.argv.slice(2);
const create = PARTS[name as PartName] as (...args: unknown[]) => unknown;
const part = (await create(...(JSON.parse(args ?? "[]") as unknown[]))) as Record<string, unknown>;

process.on("message", ({ id, method, args }: Question) => {
  const does = part[method];
  if (typeof does !== "function") return;
  void Promise.resolve()
    .then(() => (does as (...args: readonly unknown[]) => unknown)(...args))
    .then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
});
// The stand has ended: so does its part.
process.once("disconnect", () => process.exit());
process.channel?.ref();
process.send?.({ id: 0, value: Object.fromEntries(Object.entries(part).filter(([, it]) => typeof it !== "function")) });
