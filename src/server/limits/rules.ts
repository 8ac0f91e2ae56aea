// Validation rules that refuse a document for its size or its shape, before anything of it runs.

import { maxAliasesRule } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthRule } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesRule } from "@escape.tech/graphql-armor-max-directives";
import { GraphQLError, Kind, NoSchemaIntrospectionCustomRule } from "graphql";
import type { FieldNode, SelectionSetNode, ValidationContext, ValidationRule } from "graphql";
import { limitError } from "./limits.js";
import type { Exceeded, QueryLimits } from "./limits.js";

/** Rules for depth, aliases, directives, root fields and repeats. */
export function limitRules(limits: QueryLimits): readonly ValidationRule[] {
  return [
    maxDepthRule({ n: limits.depth, flattenFragments: true, ...reporting("depth", limits.depth, "levels of fields") }),
    maxAliasesRule({ n: limits.aliases, ...reporting("aliases", limits.aliases, "aliases") }),
    maxDirectivesRule({ n: limits.directives, ...reporting("directives", limits.directives, "directives") }),
    rootFieldsRule(limits.rootFields),
    repeatsRule(limits.repeats),
  ];
}

/** Neither introspection nor Federation's `_service`, which tells the same. */
export const NO_INTROSPECTION: readonly ValidationRule[] = [
  NoSchemaIntrospectionCustomRule,
  (context) => ({
    Field(node) {
      if (context.getParentType() !== context.getSchema().getQueryType() || node.name.value !== "_service") return;
      context.reportError(new GraphQLError("introspection is off at this gateway", { nodes: [node] }));
    },
  }),
];

/** The libraries would throw, which ends the validation and loses the code; and they tell the number in words only. */
function reporting(name: keyof QueryLimits, allowed: number, what: string) {
  const onReject = (context: ValidationContext | null, { message }: GraphQLError) => {
    const asked = Number(/found (\d+)/.exec(message)?.[1] ?? allowed + 1);
    context?.reportError(limitError(exceeded(name, asked, allowed, what)));
  };
  return { propagateOnRejection: false, onReject: [onReject] };
}

function exceeded(name: keyof QueryLimits, asked: number, allowed: number, what: string): Exceeded {
  return {
    limit: `query.${name}`,
    asked,
    allowed,
    message: `the operation has ${asked} ${what}, allowed are ${allowed}; ask for less at a time`,
  };
}

/** Fields of the operation itself, those of its fragments included, by their names in the answer. */
function rootFieldsRule(allowed: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const names = new Set<string>();
      const seen = new Set<string>();
      const gather = ({ selections }: SelectionSetNode): void => {
        for (const selection of selections) {
          if (selection.kind === Kind.FIELD) {
            names.add(answerName(selection));
          } else if (selection.kind === Kind.INLINE_FRAGMENT) {
            gather(selection.selectionSet);
          } else if (!seen.has(selection.name.value)) {
            seen.add(selection.name.value);
            const fragment = context.getFragment(selection.name.value);
            if (fragment != null) gather(fragment.selectionSet);
          }
        }
      };
      gather(operation.selectionSet);
      if (names.size > allowed) {
        context.reportError(limitError(exceeded("rootFields", names.size, allowed, "fields of its own")));
      }
    },
  });
}

/** Validation compares each two selections of one field, so that their number counts squared. */
function repeatsRule(allowed: number): ValidationRule {
  return (context) => {
    let reported = false;
    return {
      SelectionSet(selectionSet) {
        if (reported) return;
        const counts = new Map<string, number>();
        let most = 0;
        const gather = ({ selections }: SelectionSetNode): void => {
          for (const selection of selections) {
            if (selection.kind === Kind.INLINE_FRAGMENT) gather(selection.selectionSet);
            if (selection.kind !== Kind.FIELD) continue;
            const name = answerName(selection);
            const count = (counts.get(name) ?? 0) + 1;
            counts.set(name, count);
            most = Math.max(most, count);
          }
        };
        gather(selectionSet);
        if (most <= allowed) return;
        reported = true;
        context.reportError(limitError(exceeded("repeats", most, allowed, "selections of one field in one place")));
      },
    };
  };
}

function answerName({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
