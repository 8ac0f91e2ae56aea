// Which test job, device or worker a client means.

import { Extensions, Field, ID, InputType } from "type-graphql";
import { ONE_OF, readKey } from "../../ci/pick-server.js";
import type { Views } from "../../ci/pick-server.js";
import { parseJobId, readHostname, readJobId } from "../protocol/ids.js";
import type { LavaJobId, LavaSubId } from "../protocol/ids.js";

const GLOBAL_ID = { nullable: true, description: "Its `id`; `server` is not needed then." } as const;

@Extensions(ONE_OF)
@InputType({ description: "One test job." })
export class TestJobKey {
  @Field(() => ID, GLOBAL_ID)
  id?: string | null;

  @Field(() => ID, { nullable: true, description: "LAVA's number, or `2008.1` for a node of a multinode job." })
  jobId?: string | null;
}

@Extensions(ONE_OF)
@InputType({ description: "One device." })
export class DeviceKey {
  @Field(() => ID, GLOBAL_ID)
  id?: string | null;

  @Field(() => String, { nullable: true, description: "Its name." })
  hostname?: string | null;
}

@Extensions(ONE_OF)
@InputType({ description: "One worker." })
export class WorkerKey extends DeviceKey {}

/** A test job on its server. */
export interface NamedJob<V> {
  readonly view: V;
  readonly id: LavaJobId | LavaSubId;
  /** As it was asked for. */
  readonly text: string;
}

/** Throws `InputRefused`. @param argument e.g. `testJob`. */
export function readTestJobKey<V>(
  lava: Views<V>,
  key: TestJobKey,
  server: string | null | undefined,
  argument = "testJob",
): NamedJob<V> {
  const { view, native, argument: place } = readKey(lava, key, "jobId", { argument, typeName: "TestJob", server });
  const text = native;
  return { view, text, id: parseJobId(text) ?? readJobId(place, text) };
}

/** A device or worker on its server. Throws `InputRefused`. */
export function readHostKey<V>(
  lava: Views<V>,
  key: DeviceKey,
  server: string | null | undefined,
  typeName: "Device" | "Worker",
): { readonly view: V; readonly hostname: string } {
  const argument = typeName.toLowerCase();
  const { view, native, argument: place } = readKey(lava, key, "hostname", { argument, typeName, server });
  return { view, hostname: readHostname(place, native) };
}
