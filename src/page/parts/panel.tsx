// A panel, and the states it can be in: nothing yet, slow, empty, a server away, refused, stale.

import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { shortClock } from "../format.js";
import { faultWords } from "../graph/errors.js";
import type { Fault } from "../graph/errors.js";
import type { Answer } from "../graph/watch.js";
import { tokenDialog } from "./opened.js";
import { preferences } from "./preferences.js";
import { useStore } from "./store.js";
import { Icon } from "./symbols.js";

interface PanelProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, aside, actions, className = "", children }: PanelProps) {
  const id = `h-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <span className="muted">{aside}</span>}
        {actions !== undefined && <span className="grow">{actions}</span>}
      </header>
      {children}
    </section>
  );
}

/** What of an answer says which state its panel is in. */
export type PanelPart = Pick<Answer<unknown>, "data" | "faults" | "fetching" | "asOf">;

/** What stands in a panel besides its data: an outline while there is none, and what went wrong. */
export function PanelState({ parts, lines = 3 }: { readonly parts: readonly PanelPart[]; readonly lines?: number }) {
  const waiting = parts.some(({ data, fetching }) => data === null && fetching);
  const faults = distinct(parts.flatMap((part) => part.faults));
  const known = parts.find(({ asOf, faults: own }) => own.length > 0 && asOf !== null)?.asOf ?? null;
  return (
    <>
      {faults.map((fault) => (
        <FaultLine key={`${fault.code} ${fault.server ?? ""} ${fault.message}`} fault={fault} asOf={known} />
      ))}
      {waiting && faults.length === 0 && <Outline lines={lines} />}
    </>
  );
}

export function distinct(faults: readonly Fault[]): readonly Fault[] {
  const keyOf = ({ code, server, message }: Fault) => `${code} ${server ?? message}`;
  return [...new Map(faults.map((fault) => [keyOf(fault), fault])).values()];
}

export function FaultLine({ fault, asOf = null }: { readonly fault: Fault; readonly asOf?: Date | null }) {
  const { utc } = useStore(preferences);
  return (
    <p className="fault" role="status">
      <span className="warn">
        <Icon name="warn" />
      </span>
      <span>
        {faultWords(fault)} {asOf !== null && <>As of {shortClock(asOf, utc)}. </>}
        <span className="muted mono">{fault.code}</span>
      </span>
      {fault.code === "UPSTREAM_DENIED" && (
        <button type="button" onClick={() => tokenDialog.set(true)}>
          Tokens
        </button>
      )}
    </p>
  );
}

/** Nothing for the first 150 ms; then the panel's outline; after 3 s that it takes long. */
export function Outline({ lines = 3 }: { readonly lines?: number }) {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    const timers = [setTimeout(() => setStage(1), 150), setTimeout(() => setStage(2), 3_000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  return (
    <div className="outline" aria-busy="true">
      {stage === 2 && <p className="muted">This takes longer than usual.</p>}
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} className={stage === 0 ? "bone hidden" : "bone"} />
      ))}
    </div>
  );
}

/** Why there is nothing, and the way out. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty muted">{children}</p>;
}

/** Of an address that leads to nothing, or to nothing that this viewer may see. */
export function NoSuchThing({ what }: { readonly what: string }) {
  return (
    <div className="panel empty">
      <h1>There is no {what} here that you may see.</h1>
      <p className="muted">
        Private ones are shown to those who have a token for the server.{" "}
        <button type="button" onClick={() => tokenDialog.set(true)}>
          Tokens
        </button>
      </p>
    </div>
  );
}
