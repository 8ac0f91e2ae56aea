// What stands around every page: where one is, the search, whether it is live, who one is.

import { Suspense, useEffect } from "react";
import type { ReactNode } from "react";
import { Link, useLocation, useRouter } from "wouter";
import { NO_ANSWER } from "../graph/errors.js";
import { useLiveState } from "../graph/use.js";
import type { Asked } from "../graph/use.js";
import { credentials } from "../graph/credentials.js";
import { FaultLine, Outline } from "../parts/panel.js";
import { helpDialog, tokenDialog } from "../parts/opened.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import { Icon } from "../parts/symbols.js";
import { routes } from "../routes.js";
import { useArrival } from "./arrival.js";
import { HelpDialog } from "./help.js";
import { LiveBadge } from "./live-badge.js";
import { SearchBox } from "./search-box.js";
import { useServers } from "./servers.js";
import { TokenDialog } from "./tokens.js";

const PAGES = [
  { name: "Wall", href: routes.wall, below: [] },
  { name: "Boards", href: routes.boards, below: ["/board/"] },
  { name: "Jobs", href: routes.jobs, below: ["/job/", "/queue"] },
  { name: "Builds", href: routes.builds, below: ["/build/"] },
  { name: "Evaluations", href: routes.evaluations, below: ["/evaluation/"] },
  { name: "Compare", href: routes.compare, below: [] },
  { name: "Events", href: routes.events, below: [] },
];

const hasGraphiql = document.querySelector<HTMLMetaElement>('meta[name="etna-graphiql"]')?.content !== "off";

export function Frame({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const { asked } = useServers();
  const live = useLiveState();
  useArrival(path);
  useEffect(() => {
    const help = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "?" && preferences.get().keys && !typing) helpDialog.set(true);
    };
    addEventListener("keydown", help);
    return () => removeEventListener("keydown", help);
  }, []);
  const away = asked.faults.some(({ code }) => code === "NETWORK") || live.kind === "lost";
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link className="brand quiet" href={routes.wall}>
          etna
        </Link>
        <nav className="nav" aria-label="Pages">
          <Pages path={path} />
        </nav>
        <SearchBox />
        <LiveBadge />
        <Tools />
      </header>
      <main id="main" tabIndex={-1} className={away ? "away" : undefined}>
        {asked.faults.some(({ code }) => code === "NETWORK") && (
          <div className="banner warn">
            <FaultLine fault={NO_ANSWER} asOf={asked.asOf} />
          </div>
        )}
        {asked.data === null && <OwnFaults asked={asked} />}
        <Suspense fallback={<Outline lines={6} />}>{children}</Suspense>
      </main>
      <TokenDialog />
      <HelpDialog />
    </>
  );
}

/** Of a page that does not even know its servers, e.g. where the gateway refuses the question. */
function OwnFaults({ asked: { faults } }: { readonly asked: Pick<Asked<unknown>, "faults"> }) {
  const told = faults.filter(({ code }) => code !== "NETWORK");
  return told.length === 0 ? null : (
    <div className="banner warn">
      {told.map((fault) => (
        <FaultLine key={fault.message} fault={fault} />
      ))}
    </div>
  );
}

function Pages({ path }: { readonly path: string }) {
  const { base } = useRouter();
  return (
    <>
      {PAGES.map(({ name, href, below }) => {
        const here = path === href || below.some((start) => path.startsWith(start));
        return (
          <Link key={name} href={href} {...(here && { "aria-current": "page" as const })}>
            {name}
          </Link>
        );
      })}
      {hasGraphiql && <a href={`${base}/graphiql/`}>GraphiQL</a>}
    </>
  );
}

function Tools() {
  const accounts = useStore({ get: credentials.accounts, subscribe: credentials.subscribe });
  const users = [...new Set(accounts.map(({ user }) => user))];
  return (
    <span className="tools row">
      <button type="button" onClick={() => tokenDialog.set(true)}>
        <Icon name="user" />
        {users.length === 0 ? "Tokens" : users.join(", ")}
      </button>
      <button type="button" aria-label="Help and settings" onClick={() => helpDialog.set(true)}>
        <span aria-hidden="true">?</span>
      </button>
    </span>
  );
}
