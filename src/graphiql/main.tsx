// The page at /graphiql/: GraphiQL for this gateway, with our examples as its first tabs.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import { GraphiQL } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { examples } from "./examples.js";
import { createFetcher } from "./fetcher.js";
import { createEtnaStorage } from "./storage.js";

const fetcher = createFetcher(new URL("../graphql", location.href));
const storage = createEtnaStorage(examples[0]);
const HINT = { padding: "8px 12px", fontSize: "13px", lineHeight: 1.5 };

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      // Without a tab it shows nothing at all, so none is given where the build had no examples.
      {...(examples.length > 0 && { defaultTabs: [...examples] })}
      defaultEditorToolsVisibility="headers"
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <h1 style={{ font: "inherit", margin: 0, color: "hsl(var(--color-neutral))" }}>Etna</h1>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <div style={HINT}>
          To act as yourself, put your LAVA token into this tab&rsquo;s <b>Headers</b>:{" "}
          <code style={{ whiteSpace: "nowrap" }}>{'{ "Authorization": "Token your-token" }'}</code>. It goes with
          queries and subscriptions and is not stored.
        </div>
      </GraphiQL.Footer>
    </GraphiQL>
  </StrictMode>,
);
