// Test jobs by the address of their page, as it is copied from a browser.

import { FindByAddressDocument } from "./generated/graphql.js";
import { EXIT, RemoteError, request } from "./remote.js";
import type { Remote } from "./remote.js";

/** Test jobs of one server; null for the gateway's only one. */
interface Named {
  readonly jobIds: readonly string[];
  readonly server: string | null;
}

/** The jobs that numbers and addresses mean. Throws `RemoteError` for an address of no test job, or of another server's. */
export async function readJobs(remote: Remote, { jobIds, server }: Named): Promise<Named> {
  const found = await Promise.all(jobIds.map(async (text) => (/^https?:/i.test(text) ? find(remote, text) : text)));
  const servers = new Set(found.flatMap((one) => (typeof one === "string" ? [] : [one.server])));
  if (server !== null) servers.add(server);
  const [name = null, other] = servers;
  if (other !== undefined) {
    throw new RemoteError(
      `the test jobs are of several servers (${[...servers].join(", ")}); wait for each`,
      EXIT.usage,
    );
  }
  return { jobIds: found.map((one) => (typeof one === "string" ? one : one.jobId)), server: name };
}

async function find(remote: Remote, address: string): Promise<{ readonly jobId: string; readonly server: string }> {
  const { search } = await request(remote, FindByAddressDocument, { address });
  const [hit] = search ?? [];
  if (hit != null && "jobId" in hit.node) return { jobId: hit.node.jobId, server: hit.server.name };
  throw new RemoteError(
    `${address}: no test job has this address on the gateway's servers, or it is not shown to you`,
    EXIT.usage,
  );
}
