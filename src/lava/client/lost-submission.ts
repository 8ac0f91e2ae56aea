// A submission of which nobody knows what came: LAVA may have taken it although no answer, or a proxy's, has come back.
// LAVA has no mark by which a client could find its own, so that Etna looks for what looks like it.

import { UpstreamError } from "../../errors.js";
import { asFollower, until } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import type { LavaClient } from "./client.js";
import type { Submission } from "./submission.js";
import { placed } from "../../net/rows.js";

/** LAVA's clock may be behind Etna's by so much. */
const CLOCK_MS = 60_000;
const LOOK_MS = 10_000;
const FOUND_MAX = 5;

/**
 * What `submit` gives. Where it fails after it was sent, and it may have been done, the error says which test jobs of the
 * submitter have come since under that name.
 * @param nameOf the name of the test job, as its definition has it; null when it has none.
 */
export async function submitOnce<T extends Submission | null>(
  client: LavaClient,
  ask: Ask,
  nameOf: () => string | null | Promise<string | null>,
  submit: () => Promise<T>,
): Promise<T> {
  const since = new Date(Date.now() - CLOCK_MS).toISOString();
  try {
    return await submit();
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.change !== "unknown") throw error;
    throw error.with(await look(client, until(asFollower(ask), AbortSignal.timeout(LOOK_MS)), nameOf, since));
  }
}

async function look(
  client: LavaClient,
  ask: Ask,
  nameOf: () => string | null | Promise<string | null>,
  since: string,
): Promise<string> {
  const advice = "look at your test jobs before you submit it again";
  try {
    const [submitter, name] = [await client.whoami(ask), await nameOf()];
    if (submitter === null || name === null) return advice;
    const query = { submitter__username: submitter, description__icontains: name, submit_time__gt: since };
    const { results } = await client.jobs({ ...query, ordering: "-id", limit: FOUND_MAX }, ask);
    const same = placed(results).filter(({ description }) => description === name);
    if (same.length === 0) return `no test job of yours with this name has come so far; ${advice}`;
    const found = same.map(({ id, submit_time }) => `${id} (submitted ${submit_time})`);
    return `of this name and yours, LAVA has test job ${found.join(", ")}; ${advice}`;
  } catch {
    return `LAVA could not be asked whether it was; ${advice}`;
  }
}
