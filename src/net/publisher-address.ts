// Addresses of a ZeroMQ publisher: as LAVA's settings have them, and as a subscriber can connect to them.

/** ZeroMQ's own rule is looser about names, and stricter than any about blanks; what both take is let through. */
const ADDRESS_FORM = /^tcp:\/\/(\*|\[[\da-fA-F:.]+\]|[A-Za-z\d][\w.-]*):(\d{1,5})$/;
/** Where a publisher listens on every address of its machine. */
const ANYWHERE: ReadonlySet<string> = new Set(["*", "0.0.0.0", "[::]"]);

/**
 * LAVA's setting, e.g. `tcp://*:5500`, as an address to connect to; null for what ZeroMQ could not connect to.
 * @param host stands in for `*`, where the publisher listens on every address: as `URL.hostname` gives it.
 */
export function toPublisherAddress(setting: string, host: string): string | null {
  const [, name = "", port = ""] = ADDRESS_FORM.exec(setting) ?? [];
  if (name === "" || Number(port) < 1 || Number(port) > 65_535) return null;
  return `tcp://${ANYWHERE.has(name) ? host : name}:${port}`;
}
