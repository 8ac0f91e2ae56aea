// Which devices: the arguments of `devices`, checked and put into LAVA's words.

import { Field, InputType } from "type-graphql";
import { InputRefused } from "../../errors.js";
import { DeviceHealth, DeviceState } from "../protocol/enums.js";
import { anyOf, readText, readWords } from "./input.js";
import type { Query } from "../protocol/job-search.js";
import type { WireDevice } from "../protocol/wire.js";

@InputType({ description: "Which devices; all that are given must hold." })
export class DeviceFilter {
  @Field(() => String, { nullable: true, description: "With this text in the hostname, upper and lower case alike." })
  hostname?: string | null;

  @Field(() => String, { nullable: true, description: "Of this device type." })
  deviceType?: string | null;

  @Field(() => [String], { nullable: true, description: "Of one of these device types." })
  deviceTypes?: string[] | null;

  @Field(() => String, { nullable: true, description: "On the worker with this hostname." })
  worker?: string | null;

  @Field(() => DeviceState, { nullable: true, description: "In this state." })
  state?: DeviceState | null;

  @Field(() => [DeviceState], { nullable: true, description: "In one of these states." })
  states?: DeviceState[] | null;

  @Field(() => DeviceHealth, {
    nullable: true,
    description: "With this health. RETIRED ones are left out unless asked for.",
  })
  health?: DeviceHealth | null;

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

  @Field(() => String, { nullable: true, description: "Owned by this user." })
  physicalOwner?: string | null;

  @Field(() => String, { nullable: true, description: "Owned by this group." })
  physicalGroup?: string | null;

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
  const states = oneOrMore("state", filter.state, filter.states);
  const healths = oneOrMore("health", filter.health, filter.healths);
  if (filter.deviceType != null && filter.deviceTypes != null) {
    throw new InputRefused("filter.deviceType", "give it or deviceTypes, not both");
  }
  const query: Query = {
    hostname__icontains: readText("filter.hostname", filter.hostname),
    device_type__name: readText("filter.deviceType", filter.deviceType),
    ...anyOf("device_type__name", "filter.deviceTypes", filter.deviceTypes),
    worker_host__hostname: readText("filter.worker", filter.worker),
    ...anyOf("tags__name", "filter.tags", filter.tags),
    description__icontains: readText("filter.text", filter.text),
    physical_owner__username: readText("filter.physicalOwner", filter.physicalOwner),
    physical_group__name: readText("filter.physicalGroup", filter.physicalGroup),
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

function oneOrMore(
  argument: "state" | "health",
  one: string | null | undefined,
  several: readonly string[] | null | undefined,
): readonly string[] | null {
  if (one == null) return readWords(`filter.${argument}s`, several);
  if (several != null) throw new InputRefused(`filter.${argument}`, `give it or ${argument}s, not both`);
  return readWords(`filter.${argument}`, [one]);
}
