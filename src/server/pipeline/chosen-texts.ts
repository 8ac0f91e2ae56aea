// Texts in an answer that whoever asked has chosen. Compressed, such an answer is the shorter the more of a chosen text
// stands in it a second time: somebody who can have another's browser ask, and can see the length of what comes, guesses
// piece by piece what only the other may see (BREACH). So a viewer's own answer is compressed only without such texts.

import { OperationTypeNode, visit } from "graphql";
import type { DocumentNode, OperationDefinitionNode } from "graphql";

/** Compression finds nothing shorter again. */
const LENGTH_MIN = 4;
/** More than a client needs; such an answer is not looked through. */
const TEXTS_MAX = 200;

export interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

const byDocument = new WeakMap<DocumentNode, ReadonlySet<string>>();

/**
 * Whether an answer holds a text that its asker has chosen: an alias, a value in the document, or a variable's.
 * @param trusted whether the document is an administrator's, so that only the variables are the asker's.
 */
export function holdsChosenText(body: Buffer, { document, operation, variables }: Asked, trusted: boolean): boolean {
  if (operation.operation !== OperationTypeNode.QUERY) return true;
  const texts = new Set(trusted ? [] : textsOf(document));
  for (const { variable } of operation.variableDefinitions ?? []) collect(variables[variable.name.value], texts);
  if (texts.size === 0) return false;
  if (texts.size > TEXTS_MAX) return true;
  // Servers may write a name in letters of their own.
  const said = body.toString("utf8").toLowerCase();
  return [...texts].some((text) => said.includes(JSON.stringify(text).slice(1, -1).toLowerCase()));
}

function textsOf(document: DocumentNode): ReadonlySet<string> {
  const known = byDocument.get(document);
  if (known !== undefined) return known;
  const texts = new Set<string>();
  const value = (node: { readonly value: string }) => collect(node.value, texts);
  visit(document, {
    Field: ({ alias }) => collect(alias?.value, texts),
    StringValue: value,
    IntValue: value,
    FloatValue: value,
  });
  byDocument.set(document, texts);
  return texts;
}

function collect(value: unknown, texts: Set<string>): void {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) collect(inner, texts);
  } else if (typeof value === "string" || typeof value === "number") {
    const text = String(value);
    if (text.length >= LENGTH_MIN) texts.add(text);
  }
}
