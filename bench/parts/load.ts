// The load generator: keep-alive connections that post the same few bodies, one request at a time each.

import { Pool } from "undici";

export interface LoadOrder {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted in turn. */
  readonly bodies: readonly string[];
  /** Requests in flight at once, each on a connection of its own. */
  readonly clients: number;
  readonly ms: number;
}

export interface Load {
  /** Answers per second. Throws when one is not a 200. */
  readonly run: (order: LoadOrder) => Promise<number>;
}

export function createLoad(): Load {
  return { run };
}

async function run({ url, headers, bodies, clients, ms }: LoadOrder): Promise<number> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  let answered = 0;
  let turn = 0;
  const client = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      const body = bodies[turn++ % bodies.length] ?? "";
      const status = await exchange(pool, pathname, headers, body);
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      answered += 1;
    }
  };
  try {
    const start = performance.now();
    await Promise.all(Array.from({ length: clients }, () => client(start + ms)));
    return (answered * 1000) / (performance.now() - start);
  } finally {
    await pool.close();
  }
}

/** The cheapest way to read an answer to its end, so that the generator is not what is measured. */
function exchange(pool: Pool, path: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    pool.dispatch(
      { path, method: "POST", headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, statusCode) => {
          status = statusCode;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}
