// Which devices: the arguments of `devices`, checked and put into LAVA's words.

import { Field, InputType } from "type-graphql";
import { DeviceHealth, DeviceState } from "../protocol/enums.js";
import { anyOf, readText, readWords } from "./input.js";
import type { Query } from "../protocol/job-search.js";
import type { WireDevice } from "../protocol/wire.js";

@InputType({ description: "Which devices; all that are given must hold." })
export class DeviceFilter {
  @Field(() => String, { nullable: true, description: "With this text in the hostname, upper and lower case alike." })
  hostname?: string | null;

  @Field(() => [String], { nullable: true, description: "Of one of these device types." })
  deviceTypes?: string[] | null;

  @Field(() => [String], { nullable: true, description: "On one of the workers with these hostnames." })
  workers?: string[] | null;

  @Field(() => [DeviceState], { nullable: true, description: "In one of these states." })
  states?: DeviceState[] | null;

  @Field(() => [DeviceHealth], {
    nullable: true,
    description: "With one of these healths. RETIRED ones are left out unless asked for.",
  })
  healths?: DeviceHealth[] | null;

  @Field(() => [String], { nullable: true, description: "With at least one of these tags." })
  tags?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text in the description, upper and lower case alike.",
  })
  text?: string | null;

  @Field(() => [String], { nullable: true, description: "Owned by one of these users." })
  physicalOwners?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Owned by one of these groups." })
  physicalGroups?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: "Whether kept in step with the dictionary's file." })
  synced?: boolean | null;
}

/** `fits` is what LAVA can't be asked; with it, a device may come twice. */
export interface DeviceSearch {
  readonly query: Query;
  readonly fits: ((wire: WireDevice) => boolean) | null;
}

/** Devices by a plain filter of LAVA's. */
export function devicesWith(query: Query): DeviceSearch {
  return { query, fits: null };
}

/** Throws `InputRefused` for what LAVA would misunderstand. */
export function readDeviceFilter(filter: DeviceFilter): DeviceSearch {
  const states = readWords("filter.states", filter.states);
  const healths = readWords("filter.healths", filter.healths);
  const query: Query = {
    hostname__icontains: readText("filter.hostname", filter.hostname),
    ...anyOf("device_type__name", "filter.deviceTypes", filter.deviceTypes),
    ...anyOf("worker_host__hostname", "filter.workers", filter.workers),
    ...anyOf("tags__name", "filter.tags", filter.tags),
    description__icontains: readText("filter.text", filter.text),
    ...anyOf("physical_owner__username", "filter.physicalOwners", filter.physicalOwners),
    ...anyOf("physical_group__name", "filter.physicalGroups", filter.physicalGroups),
    is_synced: filter.synced,
    all: healths?.includes("Retired") === true ? true : null,
  };
  // LAVA takes one word; of several it wants to know its database's numbers instead. And it lists a device once for each
  // of its tags among several.
  if ([states, healths, filter.tags].every((list) => (list?.length ?? 0) < 2)) {
    return { query: { ...query, state: states?.[0], health: healths?.[0] }, fits: null };
  }
  const fits = ({ state, health }: WireDevice) =>
    (states?.includes(state) ?? true) && (healths?.includes(health) ?? true);
  return { query, fits };
}
