// What an operation selects of a field's object, so that nothing is fetched that nobody will read.

import { Kind } from "graphql";
import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from "graphql";

/** Whether nothing but these fields (and `__typename`) is selected, in fragments neither. */
export function selectsOnly(info: GraphQLResolveInfo, names: ReadonlySet<string>): boolean {
  const fields = info.fieldNodes.flatMap(({ selectionSet }) => fieldsOf(selectionSet, info));
  return fields.every(({ name }) => name.value === "__typename" || names.has(name.value));
}

/** Whether one of these fields is selected, at any depth. */
export function selectsAny(info: GraphQLResolveInfo, names: ReadonlySet<string>): boolean {
  const within = (set: SelectionSetNode | undefined): boolean =>
    fieldsOf(set, info).some(({ name, selectionSet }) => names.has(name.value) || within(selectionSet));
  return info.fieldNodes.some(({ selectionSet }) => within(selectionSet));
}

/** The fields of a selection and of its fragments. */
function fieldsOf(set: SelectionSetNode | undefined, info: GraphQLResolveInfo): readonly FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return [selection];
      case Kind.INLINE_FRAGMENT:
        return fieldsOf(selection.selectionSet, info);
      case Kind.FRAGMENT_SPREAD:
        return fieldsOf(info.fragments[selection.name.value]?.selectionSet, info);
    }
  });
}
