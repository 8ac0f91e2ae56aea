// A TCP link that a test can cut, and leave half dead: bytes are swallowed while both ends believe that it is up.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** That have passed so far, both ways together. */
  bytes(): number;
  /** Closes what is open and refuses what comes, until `mend`. */
  cut(): void;
  /** Passes nothing on, either way, and closes nothing, until `mend`: what was swallowed is lost with its connection. */
  swallow(): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param target port on 127.0.0.1 that connections lead to. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let passed = 0;
  let state: "open" | "cut" | "swallowing" = "open";
  const sockets = new Set<Socket>();
  /** Ends of connections that have lost bytes. */
  const spoiled = new Set<Socket>();

  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        if (state !== "swallowing") {
          passed += bytes.length;
          to.write(bytes);
          return;
        }
        spoiled.add(from);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        spoiled.delete(from);
        // A half-dead link does not tell either end that the other has gone.
        if (state === "swallowing") spoiled.add(to);
        else to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = (dropped: Iterable<Socket>) => {
    for (const socket of [...dropped]) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => passed,
    cut: () => {
      state = "cut";
      drop(sockets);
    },
    swallow: () => {
      state = "swallowing";
    },
    mend: () => {
      state = "open";
      drop(spoiled);
    },
    close: async () => {
      state = "cut";
      server.close();
      drop(sockets);
      await once(server, "close");
    },
  };
}
