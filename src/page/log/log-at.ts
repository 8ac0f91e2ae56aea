// A log as the viewer asks for it.

import type { LogLevel } from "../generated/graphql.js";
import type { Line } from "./windows.js";

export interface LinesAsked {
  readonly from?: number;
  readonly first?: number;
  readonly after?: string;
  readonly last?: number;
  readonly before?: string;
  readonly levels?: readonly LogLevel[];
  readonly contains?: string;
}

export interface LinesPage {
  readonly lines: readonly Line[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface LogAt {
  readonly lines: (asked: LinesAsked, signal?: AbortSignal) => Promise<LinesPage>;
  /** How many lines there are now, and where the log lies whole; null where there is no log (yet). */
  readonly size: (signal?: AbortSignal) => Promise<{ readonly lineCount: number; readonly rawUrl: string } | null>;
}
