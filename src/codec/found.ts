// What an error text says about a value that should not be there.

const SHOWN_MAX_CHARACTERS = 40;

/** A value in a few words on one line: quoted and shortened text, or its kind for lists and objects. */
export function found(value: unknown): string {
  if (typeof value === "string") {
    return value.length <= SHOWN_MAX_CHARACTERS
      ? JSON.stringify(value)
      : `${JSON.stringify(value.slice(0, SHOWN_MAX_CHARACTERS))}…`;
  }
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}
