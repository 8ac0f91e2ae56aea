// A screen on the wall: no controls, type as large as it fits, one panel after the other, and it stays awake.

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useRouter } from "wouter";
import { shortClock } from "../format.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import { useNow } from "../parts/time.js";

const PANELS = ["boards", "farm", "failures"] as const;
type PanelName = (typeof PANELS)[number];
const TITLES: Readonly<Record<PanelName, string>> = { boards: "Boards", farm: "Farm", failures: "Failures" };

/** From the largest; a panel that does not fit the smallest is shown screen by screen. */
const SIZES = ["4", "3", "2", "1"] as const;
const EVERY_S = { least: 5, usual: 20 };
const BUILD_CHECK_MS = 5 * 60_000;

interface ScreenProps {
  readonly top: ReactNode;
  readonly panels: Readonly<Record<PanelName, ReactNode>>;
  readonly params: URLSearchParams;
}

export function Screen({ top, panels, params }: ScreenProps) {
  const asked = params.get("pages")?.split(",") ?? [];
  const named = PANELS.filter((name) => asked.includes(name));
  const pages = named.length === 0 ? PANELS : named;
  const every = Number(params.get("every") ?? EVERY_S.usual);
  const seconds = Number.isFinite(every) ? Math.max(EVERY_S.least, every) : EVERY_S.usual;
  const { page, body, screens } = useTurns(pages, seconds);
  useEffect(() => {
    document.documentElement.dataset["wall"] = "";
    return () => {
      delete document.documentElement.dataset["wall"];
      delete document.documentElement.dataset["size"];
    };
  }, []);
  useWakeLock();
  useNewBuild();
  return (
    <>
      <WallClock>
        {pages.map((name) =>
          name === page ? <b key={name}>{TITLES[name]}</b> : <span key={name}>{TITLES[name]}</span>,
        )}
        {screens > 1 && <span>{screens} screens</span>}
      </WallClock>
      {top}
      <div ref={body} className={`wall screen screen-${page}`}>
        <div className="stack">{panels[page]}</div>
      </div>
    </>
  );
}

function WallClock({ children }: { readonly children: ReactNode }) {
  const { utc } = useStore(preferences);
  const now = new Date(useNow());
  return (
    <div className="wallbar">
      <span className="pages">{children}</span>
      <span className="clock">
        {shortClock(now, utc)}
        {utc ? " UTC" : ""}
      </span>
    </div>
  );
}

/** The panel of now; where it is higher than the screen, its parts come one after the other. */
function useTurns(pages: readonly PanelName[], seconds: number) {
  const [turn, setTurn] = useState({ at: 0, part: 0 });
  const body = useRef<HTMLDivElement>(null);
  const [screens, setScreens] = useState(1);
  const page = pages[turn.at % pages.length] ?? "boards";
  useLayoutEffect(() => {
    const fit = () => {
      const root = document.documentElement;
      for (const size of SIZES) {
        root.dataset["size"] = size;
        if (root.scrollHeight <= innerHeight) break;
      }
      setScreens(Math.max(1, Math.ceil(root.scrollHeight / innerHeight)));
    };
    fit();
    const observer = new ResizeObserver(fit);
    if (body.current) observer.observe(body.current);
    addEventListener("resize", fit);
    return () => {
      observer.disconnect();
      removeEventListener("resize", fit);
    };
  }, [page]);
  useEffect(() => {
    const timer = setInterval(() => {
      setTurn(({ at, part }) => (part + 1 < screens ? { at, part: part + 1 } : { at: at + 1, part: 0 }));
    }, seconds * 1_000);
    return () => clearInterval(timer);
  }, [seconds, screens]);
  useEffect(() => {
    scrollTo({ top: turn.part * innerHeight });
  }, [turn]);
  return { page, body, screens };
}

function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const hold = () => {
      if (document.hidden) return;
      // Refused where the battery is low, and absent without TLS: then the kiosk's own settings have to do.
      (navigator as Partial<Navigator>).wakeLock?.request("screen").then(
        (taken) => (lock = taken),
        () => undefined,
      );
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      document.removeEventListener("visibilitychange", hold);
      void lock?.release();
    };
  }, []);
}

/** Reloads when the gateway serves another build of the page. */
function useNewBuild(): void {
  const { base } = useRouter();
  useEffect(() => {
    const own = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.getAttribute("src");
    const timer = setInterval(() => {
      void fetch(`${base}/`, { headers: { accept: "text/html" } })
        .then((response) => (response.ok ? response.text() : null))
        .then((html) => {
          const served = html?.match(/<script type="module"[^<>]{0,300} src="([^"<>]{1,300})"/)?.[1];
          if (own != null && served !== undefined && served !== own) location.reload();
        })
        .catch(() => undefined);
    }, BUILD_CHECK_MS);
    return () => clearInterval(timer);
  }, [base]);
}
