// Arriving at another page: its content has the focus and begins at its top, as after a load.

import { useEffect, useRef } from "react";

/** After the browser's back and forward the place in the page is the browser's to restore. */
export function useArrival(path: string): void {
  const shown = useRef(path);
  const popped = useRef(false);
  useEffect(() => {
    const note = () => (popped.current = true);
    addEventListener("popstate", note);
    return () => removeEventListener("popstate", note);
  }, []);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    document.getElementById("main")?.focus({ preventScroll: true });
    if (!popped.current) scrollTo({ top: 0 });
    popped.current = false;
  }, [path]);
}
