// A run as a reader names it in the address of a comparison.

export type RunKind = "job" | "build" | "evaluation";

export interface NamedRun {
  readonly kind: RunKind;
  /** Null for the first server of its kind. */
  readonly server: string | null;
  readonly id: string;
}

/** On one server for sure. */
export interface PlacedRun extends NamedRun {
  readonly server: string;
}

/** `81`, `lab/81`, `build/farm/111`, `evaluation/farm/7`, or the address of its page; null for anything else. */
export function readRun(text: string): NamedRun | null {
  const [path = ""] = text.trim().split(/[?#]/, 1);
  const [, , kind = "job", server, id] =
    /(^|\/)(?:(job|build|evaluation)\/)?(?:([^/\s]+)\/)?(\d+(?:\.\d+)?)$/.exec(path) ?? [];
  if (id === undefined || (kind !== "job" && id.includes("."))) return null;
  return { kind: kind as RunKind, server: server === undefined || server === kind ? null : decoded(server), id };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
