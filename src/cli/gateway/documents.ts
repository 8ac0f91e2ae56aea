// `etna documents`: a client's operations as the file that `--trusted-documents` takes, checked against the schema.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { GraphQLError, Kind, Source, parse, print, separateOperations, validate } from "graphql";
import type { DocumentNode, FragmentDefinitionNode, GraphQLSchema } from "graphql";
import { createSchema } from "../../schema.js";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { printJson } from "../output/streams.js";

/**
 * Prints a JSON object of the documents by their SHA-256. Throws with what is wrong, a line each.
 * @param inLines as an object a document, in a line each.
 */
export async function documents(patterns: readonly string[], inLines: boolean): Promise<ExitStatus> {
  const files = [...new Set(patterns.flatMap(filesOf))].sort();
  const found = collectDocuments(
    await createSchema(),
    files.map((file) => new Source(readFileSync(file, "utf8"), file)),
  );
  if (inLines) for (const [sha256, document] of found) printJson({ sha256, document });
  else process.stdout.write(`${JSON.stringify(Object.fromEntries(found), null, 2)}\n`);
  return EXIT.ok;
}

/**
 * Each operation with the fragments it uses, wherever they stand, as it is printed; and each whole file that stands for
 * itself, as it is written, since clients may send the one or the other.
 */
export function collectDocuments(schema: GraphQLSchema, sources: readonly Source[]): ReadonlyMap<string, string> {
  const faults: string[] = [];
  const tell = (error: GraphQLError, fallback: string) => {
    const [at] = error.locations ?? [];
    faults.push(`${error.source?.name ?? fallback}${at === undefined ? "" : `:${at.line}`}: ${error.message}`);
  };
  const parsed = sources.flatMap((source): { readonly source: Source; readonly document: DocumentNode }[] => {
    try {
      return [{ source, document: parse(source) }];
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      tell(error, source.name);
      return [];
    }
  });
  const fragments = parsed.flatMap(({ document }) => fragmentsOf(document));
  const texts = parsed.flatMap(({ document: { definitions }, document }) => {
    const own = fragmentsOf(document);
    const names = new Set(own.map(({ name }) => name.value));
    const reachable = [...own, ...fragments.filter(({ name }) => !names.has(name.value))];
    return definitions
      .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
      .flatMap((operation) =>
        Object.values(separateOperations({ kind: Kind.DOCUMENT, definitions: [operation, ...reachable] })),
      )
      .map((whole) => {
        for (const error of validate(schema, whole)) tell(error, "?");
        return print(whole);
      });
  });
  if (faults.length === 0 && texts.length === 0) faults.push("there is no operation in these files");
  if (faults.length > 0) throw new Error(`documents:\n${[...new Set(faults)].map((it) => `  ${it}`).join("\n")}`);
  for (const { source, document } of parsed) {
    const hasOperation = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (hasOperation && validate(schema, document).length === 0) texts.push(source.body);
  }
  return new Map(texts.map((text) => [createHash("sha256").update(text).digest("hex"), text] as const).sort(byHash));
}

function fragmentsOf({ definitions }: DocumentNode): readonly FragmentDefinitionNode[] {
  return definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
}

function byHash([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

/** A file; a folder's GraphQL files; or what fits a pattern with `*`, `**` and `?`, for shells that leave it to us. */
function filesOf(pattern: string): readonly string[] {
  const kind = statSync(pattern, { throwIfNoEntry: false });
  if (kind?.isFile() === true) return [pattern];
  if (kind?.isDirectory() === true) return filesBelow(pattern).filter((file) => /\.(graphql|gql)$/.test(file));
  const wildcard = pattern.search(/[*?]/);
  const fixed = pattern.slice(0, pattern.lastIndexOf("/", wildcard) + 1);
  const found = wildcard >= 0 ? filesBelow(fixed).filter((file) => fits(file, pattern)) : [];
  if (found.length === 0) throw new Error(`documents: there is no file ${pattern}`);
  return found;
}

/**
 * Whether a file's path fits a pattern. Part by part of the pattern, it keeps after how many characters of the path the
 * parts so far can end: unlike a regular expression with many `*`, it never tries the same place twice.
 */
function fits(path: string, pattern: string): boolean {
  const parts = pattern.match(/\*\*\/|\*\*|[^]/g) ?? [];
  let ends: readonly boolean[] = Array.from({ length: path.length + 1 }, (_, at) => at === 0);
  for (const part of parts) {
    const before = ends;
    // Whether the part began at this place or before, and may go on.
    let open = false;
    ends = before.map((start, at) => {
      const letter = at === 0 ? "" : path.charAt(at - 1);
      switch (part) {
        case "**":
          open ||= start;
          return open;
        case "**/": {
          const ended = start || (open && letter === "/");
          open ||= start;
          return ended;
        }
        case "*":
          open = start || (open && letter !== "/");
          return open;
        case "?":
          return letter !== "/" && before[at - 1] === true;
        default:
          return letter === part && before[at - 1] === true;
      }
    });
  }
  return ends.at(-1) === true;
}

function filesBelow(folder: string): readonly string[] {
  if (folder !== "" && !existsSync(folder)) return [];
  const entries = readdirSync(folder === "" ? "." : folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
}
