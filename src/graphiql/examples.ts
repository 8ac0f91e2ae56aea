// The operations of `examples/`, one tab each, put into the bundle at build time.

const operations = import.meta.glob<string>("../../examples/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});
const variables = import.meta.glob<string>("../../examples/*.variables.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A tab of GraphiQL; `variables` is JSON text, null where the example takes none. */
export interface Example {
  readonly query: string;
  readonly variables: string | null;
}

/** In the order of the file names; `NAME.graphql` takes its variables from `NAME.variables.json`. */
export const examples: readonly Example[] = Object.entries(operations)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([file, query]) => ({
    query,
    variables: variables[file.replace(/\.graphql$/, ".variables.json")] ?? null,
  }));
