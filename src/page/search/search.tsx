// What is found in all servers.

import { Link } from "wouter";
import { SearchDocument } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { Filters, TextFilter } from "../parts/filters.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { readText } from "../routes.js";
import { toFound } from "./found.js";

export function SearchPage() {
  const [params, change] = useChoices();
  const text = readText(params, "q");
  useTitle(text === null ? "Search" : `${text} · Search`);
  const asked = useAsk(SearchDocument, { text: text ?? "" }, { pause: text === null });
  const found = (asked.data?.search ?? []).flatMap((hit) => toFound(hit) ?? []);
  return (
    <>
      <h1>Search</h1>
      <Filters params={params} change={change}>
        <TextFilter label="Job, build, board, commit, store path, address" name="q" params={params} change={change} />
      </Filters>
      <Panel title="Found" aside={text === null || asked.data === null ? undefined : found.length}>
        {text === null ? <Empty>Type what you look for.</Empty> : <PanelState parts={[asked]} lines={4} />}
        {text !== null && asked.data !== null && found.length === 0 && (
          <Empty>Nothing that you may see is like “{text}”.</Empty>
        )}
        <ul className="list">
          {found.map((one) => (
            <li key={one.key}>
              <Link className="quiet cut" href={one.href}>
                <span className="muted">{one.kind}</span> {one.title}
              </Link>
              <span className="muted">{one.server}</span>
              <span className="sub">by its {one.matched}</span>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}
