// The servers in one line, and a banner for each that is in trouble.

import { Fragment } from "react";
import { shortClock } from "../format.js";
import { useServers } from "../frame/servers.js";
import type { ShownServer } from "../frame/servers.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import { Icon } from "../parts/symbols.js";

export function ServersLine() {
  const { all } = useServers();
  const { utc } = useStore(preferences);
  const answering = all.filter(({ reachable }) => reachable).length;
  return (
    <ul className="servers" aria-label="Servers">
      <li className="narrow">
        <b>
          {answering} of {all.length}
        </b>{" "}
        servers answer
      </li>
      {all.map((server) => (
        <li key={server.id} className={server.reachable ? "ok" : undefined}>
          <span className={`s pill ${server.reachable ? "pass" : "warn"}`}>
            <Icon name={server.reachable ? "pass" : "cut"} />
            {server.name}
          </span>{" "}
          <span className="muted">{about(server, utc)}</span>
        </li>
      ))}
    </ul>
  );
}

function about({ kind, version, awaySince, events }: ShownServer, utc: boolean): string {
  if (awaySince !== null) return `does not answer since ${shortClock(awaySince, utc)}`;
  const name = `${kind === "lava" ? "LAVA" : "Cuirass"}${version === null ? "" : ` ${version}`}`;
  if (events.connected) return `${name}, its bus is heard`;
  return events.source === "AWAY" ? `${name}, no news just now` : `${name}, asked every few seconds`;
}

export function Banners() {
  const { all } = useServers();
  const { utc } = useStore(preferences);
  return (
    <div role="status">
      {all.map(({ id, name, awaySince }) =>
        awaySince === null ? (
          <Fragment key={id} />
        ) : (
          <div key={id} className="banner warn">
            <span className="warn">
              <Icon name="warn" />
            </span>
            <p>
              <b>{name} does not answer.</b> What it had is shown as it was known at {shortClock(awaySince, utc)},
              hatched; it is tried again by itself. Everything else is live.
            </p>
          </div>
        ),
      )}
    </div>
  );
}
