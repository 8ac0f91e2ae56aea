// What the reader has chosen for the log, from the address and into it.

import { useCallback, useMemo } from "react";
import { useChoices } from "../parts/address.js";

export interface ViewerChoices {
  readonly needle: string;
  readonly errorsOnly: boolean;
  readonly fold: boolean;
  readonly wrap: boolean;
  readonly change: (change: LogChange) => void;
}

interface LogChange {
  readonly q?: string | null;
  readonly level?: string | null;
  readonly fold?: string | null;
  readonly wrap?: string | null;
}

export function useViewerChoices(): ViewerChoices {
  const [params, changeAddress] = useChoices();
  const change = useCallback((next: LogChange) => changeAddress({ ...next }), [changeAddress]);
  return useMemo(
    () => ({
      needle: params.get("q") ?? "",
      errorsOnly: params.get("level") === "error",
      fold: params.get("fold") !== "0",
      wrap: params.get("wrap") === "1",
      change,
    }),
    [params, change],
  );
}
