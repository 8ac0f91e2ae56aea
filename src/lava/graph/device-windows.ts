// Windows into a list of devices: LAVA's own list, or the whole of it where it is ours to look which ones fit.

import type { Ask } from "../../net/ask.js";
import type { LavaClient } from "../client/client.js";
import type { DeviceSearch } from "../model/device-filter.js";
import type { WireDevice } from "../protocol/wire.js";

interface Window {
  readonly limit: number;
  readonly offset: number;
}

/** For one page, which may need two windows: the whole list is asked once. By hostname, without repetitions. */
export function deviceWindows(client: LavaClient, ask: Ask) {
  let whole: Promise<readonly WireDevice[]> | undefined;
  return async ({ query, fits }: DeviceSearch, window: Window) => {
    if (fits === null) {
      const { count, results } = await client.devices({ ...query, ...window, ordering: "hostname" }, ask);
      return { count, nodes: results };
    }
    const all = await (whole ??= client.allDevices(query, ask));
    // What comes twice comes one after the other.
    const found = all.filter((wire, at) => fits(wire) && wire.hostname !== all[at - 1]?.hostname);
    return { count: found.length, nodes: found.slice(window.offset, window.offset + window.limit) };
  };
}
