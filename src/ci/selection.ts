// What an operation selects of a field's object, so that nothing is fetched that nobody will read.

import { Kind } from "graphql";
import type { GraphQLResolveInfo, SelectionSetNode } from "graphql";

/** Whether nothing but these fields (and `__typename`) is selected, in fragments neither. */
export function selectsOnly(info: GraphQLResolveInfo, names: ReadonlySet<string>): boolean {
  const within = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.every((selection) => {
      switch (selection.kind) {
        case Kind.FIELD:
          return selection.name.value === "__typename" || names.has(selection.name.value);
        case Kind.INLINE_FRAGMENT:
          return within(selection.selectionSet);
        case Kind.FRAGMENT_SPREAD:
          return within(info.fragments[selection.name.value]?.selectionSet);
      }
    }) ?? true;
  return info.fieldNodes.every((field) => within(field.selectionSet));
}
