// The first screen: servers, figures, boards, farm, what broke off, who waits. `?wall=1` makes it a screen on the wall.

import { lazy } from "react";
import { useChoices, useTitle } from "../parts/address.js";
import { readText } from "../routes.js";
import { isDown } from "../words.js";
import { BoardsPanel } from "./boards-panel.js";
import { useFarm } from "./farm.js";
import { FarmPanel } from "./farm-panel.js";
import { Figures } from "./figures.js";
import { useLab } from "./lab.js";
import { BrokenPanel, ChecksPanel, QueuePanel } from "./lists.js";
import { Banners, ServersLine } from "./servers-line.js";
import "./wall.css";

const Screen = lazy(async () => ({ default: (await import("./screen.js")).Screen }));

export function WallPage() {
  const [params, change] = useChoices();
  const server = readText(params, "server");
  const lab = useLab(server);
  const farm = useFarm(server);
  const down = lab.boards.filter(isDown).length;
  useTitle(down > 0 ? `✕ ${down} · Wall` : "Wall");
  const boards = (
    <BoardsPanel
      lab={lab}
      byType={params.get("by") === "type"}
      onByType={(byType) => change({ by: byType ? "type" : null })}
    />
  );
  const top = (
    <>
      <h1 className="sr">Wall</h1>
      <ServersLine />
      <Banners />
      <Figures lab={lab} farm={farm} />
    </>
  );
  const farmPanel = <FarmPanel farm={farm} />;
  const failures = (
    <>
      <BrokenPanel lab={lab} />
      <ChecksPanel lab={lab} />
      <QueuePanel lab={lab} />
    </>
  );
  if (params.get("wall") === "1") {
    return <Screen top={top} panels={{ boards, farm: farmPanel, failures }} params={params} />;
  }
  return (
    <>
      {top}
      <div className="wall">
        <div className="stack">
          {boards}
          {farmPanel}
        </div>
        <div className="stack">{failures}</div>
      </div>
    </>
  );
}
