// Addresses as the configuration and the command line give them.

/** Null for text that is no address. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** Whether it is an address with one of these protocols, e.g. `https:`, and without user, query and fragment. */
export function isAddress(text: string, protocols: readonly string[]): boolean {
  const parsed = parseUrl(text);
  return (
    parsed !== null &&
    protocols.includes(parsed.protocol) &&
    parsed.username === "" &&
    parsed.password === "" &&
    parsed.search === "" &&
    parsed.hash === ""
  );
}
