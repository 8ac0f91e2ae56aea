// Taking a board out of service and back.

import { useState } from "react";
import { SetBoardHealthDocument } from "../generated/graphql.js";
import type { DeviceHealth } from "../generated/graphql.js";
import { credentials } from "../graph/credentials.js";
import { useOnce } from "../graph/use.js";
import { ChangeButton, refusalOf } from "../parts/change.js";
import { useStore } from "../parts/store.js";

interface HealthProps {
  readonly hostname: string;
  readonly server: string;
  readonly health: DeviceHealth;
}

/** For viewers with a token of this server only: nobody else may change anything. */
export function HealthButtons({ hostname, server, health }: HealthProps) {
  const accounts = useStore({ get: credentials.accounts, subscribe: credentials.subscribe });
  const once = useOnce();
  const [reason, setReason] = useState("");
  if (!accounts.some((account) => account.server === server)) return null;
  const set = async (next: DeviceHealth) =>
    refusalOf(
      await once(SetBoardHealthDocument, { hostname, server, health: next, reason: reason === "" ? null : reason }),
      ({ setDeviceHealth: result }) => (result !== null && "message" in result ? result.message : null),
    );
  const field = (
    <label>
      Why, for LAVA&rsquo;s log
      <input type="text" value={reason} onChange={({ target }) => setReason(target.value)} />
    </label>
  );
  return (
    <span className="row acts">
      {health === "MAINTENANCE" ? (
        <ChangeButton word="Back into service" title={`${hostname}: back into service`} run={() => set("UNKNOWN")}>
          <p>LAVA checks the board first; it takes jobs again when the check has passed.</p>
          {field}
        </ChangeButton>
      ) : (
        <ChangeButton word="Maintenance" title={`${hostname}: maintenance`} run={() => set("MAINTENANCE")}>
          <p>The board gets no more jobs. One that runs on it goes on.</p>
          {field}
        </ChangeButton>
      )}
    </span>
  );
}
