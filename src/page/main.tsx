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
const JobsPage = lazy(async () => ({ default: (await import("./jobs/jobs.js")).JobsPage }));
const QueuePage = lazy(async () => ({ default: (await import("./jobs/queue.js")).QueuePage }));
const BuildsPage = lazy(async () => ({ default: (await import("./builds/builds.js")).BuildsPage }));
const BuildPage = lazy(async () => ({ default: (await import("./builds/build.js")).BuildPage }));
const EvaluationsPage = lazy(async () => ({ default: (await import("./evaluations/evaluations.js")).EvaluationsPage }));
const EvaluationPage = lazy(async () => ({ default: (await import("./evaluations/evaluation.js")).EvaluationPage }));
const ComparePage = lazy(async () => ({ default: (await import("./compare/compare.js")).ComparePage }));
const SearchPage = lazy(async () => ({ default: (await import("./search/search.js")).SearchPage }));
const EventsPage = lazy(async () => ({ default: (await import("./events/events.js")).EventsPage }));

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
      <Route path="/jobs" component={JobsPage} />
      <Route path="/queue" component={QueuePage} />
      <Route path="/builds" component={BuildsPage} />
      <Route path="/build/:server/:buildId">
        {({ server, buildId }) => <BuildPage key={`${server}/${buildId}`} server={server} buildId={Number(buildId)} />}
      </Route>
      <Route path="/evaluations" component={EvaluationsPage} />
      <Route path="/evaluation/:server/:evaluationId">
        {({ server, evaluationId }) => (
          <EvaluationPage key={`${server}/${evaluationId}`} server={server} evaluationId={Number(evaluationId)} />
        )}
      </Route>
      <Route path="/compare" component={ComparePage} />
      <Route path="/search" component={SearchPage} />
      <Route path="/events" component={EventsPage} />
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
