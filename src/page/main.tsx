// The live page: frame and routes. Each page is loaded when it is first opened.
import "./theme.css";
import { StrictMode, lazy, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Route, Router, Switch } from "wouter";
import { Frame } from "./frame/frame.js";
import { ServersProvider } from "./frame/servers.js";
import { createGraph, onViewerChange } from "./graph/client.js";
import { GraphProvider } from "./graph/use.js";
import { applyPreferences } from "./parts/preferences.js";
import { WallPage } from "./wall/wall.js";

// The script lies in `page/assets/` below the gateway's folder, whatever a proxy calls that folder.
const base = new URL(import.meta.env.DEV ? "/" : "../../", import.meta.url);

const BoardsPage = lazy(async () => ({ default: (await import("./boards/boards.js")).BoardsPage }));
const BoardPage = lazy(async () => ({ default: (await import("./boards/board.js")).BoardPage }));
const JobPage = lazy(async () => ({ default: (await import("./job/job.js")).JobPage }));

function App() {
  const [graph, setGraph] = useState(() => createGraph(base));
  useEffect(
    () =>
      onViewerChange(() => {
        graph.live.close();
        setGraph(createGraph(base));
      }),
    [graph],
  );
  return (
    <Router base={base.pathname.replace(/\/$/, "")}>
      <GraphProvider value={graph}>
        <ServersProvider>
          <Frame>
            <Pages />
          </Frame>
        </ServersProvider>
      </GraphProvider>
    </Router>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={WallPage} />
      <Route path="/boards" component={BoardsPage} />
      <Route path="/board/:server/:hostname">
        {({ server, hostname }) => <BoardPage key={`${server}/${hostname}`} server={server} hostname={hostname} />}
      </Route>
      <Route path="/job/:server/:jobId">
        {({ server, jobId }) => <JobPage key={`${server}/${jobId}`} server={server} jobId={jobId} />}
      </Route>
      <Route>
        <h1>There is no such page</h1>
      </Route>
    </Switch>
  );
}

applyPreferences();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
