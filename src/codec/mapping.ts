// Values of JSON and YAML before anything is known of them.

/** An object's fields, or a mapping's keys. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether it is an object: no list, and not null. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without any fields where it is no object. */
export function fieldsOf(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}
