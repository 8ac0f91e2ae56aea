// Whether what is shown is live, said where everybody looks; a reader of the screen hears of changes only.

import { useEffect, useState } from "react";
import { clock, shortClock } from "../format.js";
import { useLiveState } from "../graph/use.js";
import type { LiveState } from "../graph/live.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import { Icon } from "../parts/symbols.js";
import { useNow } from "../parts/time.js";

export function LiveBadge() {
  const state = useLiveState();
  const { utc } = useStore(preferences);
  const now = new Date(useNow());
  const time = `${clock(now, now, utc)}${utc ? " UTC" : ""}`;
  return (
    <span className="live">
      <Badge state={state} utc={utc} />
      <span className="long num"> {time}</span>
      <Announcement state={state} utc={utc} />
    </span>
  );
}

function Badge({ state, utc }: { readonly state: LiveState; readonly utc: boolean }) {
  switch (state.kind) {
    case "live":
      return (
        <b className="s pass">
          <Icon name="pass" />
          Live
        </b>
      );
    case "lost":
      return (
        <b className="s warn pill">
          <Icon name="cut" />
          Not live since {shortClock(state.since, utc)}
        </b>
      );
    case "polling":
      return (
        <b className="s wait">
          <Icon name="loop" />
          Every 10 s
        </b>
      );
    case "connecting":
      return (
        <span className="s wait">
          <Icon name="wait" />
          Connecting
        </span>
      );
    case "idle":
      return null;
  }
}

/** Connection lost, and back again; nothing else. */
function Announcement({ state, utc }: { readonly state: LiveState; readonly utc: boolean }) {
  const [said, setSaid] = useState("");
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (state.kind === "lost") {
      setWasLost(true);
      setSaid(`The connection was lost at ${shortClock(state.since, utc)}.`);
    } else if (state.kind === "live" && wasLost) {
      setWasLost(false);
      setSaid("The connection is back.");
    }
  }, [state, utc, wasLost]);
  return (
    <span className="sr" role="status">
      {said}
    </span>
  );
}
