// The least a client of LAVA's bus can do: take each message and note when it came.

import { Subscriber } from "zeromq";

export interface BareSubscriber {
  /** When the last event of this job in this state came, in ms of the machine's monotonic clock; null before. */
  readonly arrivedAt: (job: number, state: string) => number | null;
}

export function createBareSubscriber(eventUrl: string): BareSubscriber {
  const socket = new Subscriber();
  socket.connect(eventUrl);
  socket.subscribe("");
  const arrived = new Map<string, number>();
  void (async () => {
    for await (const [topic, , , , data] of socket) {
      const at = Number(process.hrtime.bigint()) / 1e6;
      if (topic?.toString().endsWith(".testjob") !== true || data === undefined) continue;
      const { job, state } = JSON.parse(data.toString()) as { readonly job: number; readonly state: string };
      arrived.set(`${job} ${state}`, at);
    }
  })();
  return { arrivedAt: (job, state) => arrived.get(`${job} ${state}`) ?? null };
}
