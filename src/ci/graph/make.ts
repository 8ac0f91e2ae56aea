// Builds instances of the graph's types: type-graphql tells the members of interfaces and unions apart by class.

/** A new `Type` with the given fields; fields that a resolver fills may be left out. */
export function make<T extends object>(Type: new () => T, fields: Partial<T>): T {
  return Object.assign(new Type(), fields);
}
