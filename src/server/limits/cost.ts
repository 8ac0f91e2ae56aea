// What an operation may cost the servers, in requests, reckoned before it runs: lists multiply by the page that is asked
// for, and loaders share as they do when it runs. The prices are in the tables of the systems; see ci/cost.ts.

import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  OperationTypeNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import type { Batch, CostEnvironment, CostTable, Count } from "../../ci/cost.js";
import { introspectionField, introspectionTable } from "./introspection-cost.js";

/** Selections that are looked at, fragments laid out; a document of many fragments can hold more than anyone can count. */
const SELECTIONS_MAX = 20_000;
/** Values of introspection that count as one request: they take about as long. */
const INTROSPECTED_PER_REQUEST = 500;
/** Above it the exact number tells nobody anything. */
const COUNT_MAX = 1_000_000_000;

export interface CostEstimate {
  /** Requests to all servers together. */
  readonly calls: number;
  /** The largest `first` or `last` in the operation, and what its list takes by itself; null where there is none. */
  readonly pageSize: { readonly asked: number; readonly field: string; readonly max: number } | null;
  /** False when there are more selections than are looked at: `calls` is then too low. */
  readonly complete: boolean;
}

export interface CostQuestion {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced, defaults included. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly environment: CostEnvironment;
}

/** Objects that are resolved alike: everything below one place of the answer. */
interface Place {
  readonly typeName: string;
  readonly selectionSets: readonly SelectionSetNode[];
  /** How many objects. */
  readonly count: number;
  /** At how many different moments they come: a loader gathers only what is asked in the same one. */
  readonly moments: number;
  /** What had to be waited for; places with the same wait share their loaders. */
  readonly wait: string;
  /** Different objects of each type, from the top to here: the keys of loaders. */
  readonly different: ReadonlyMap<string, number>;
}

interface Load {
  readonly batch: Batch;
  readonly moments: number;
  /** By place: two fields of the same objects ask with the same keys. */
  readonly keys: Map<Place, number>;
}

export function estimateCost(table: CostTable, question: CostQuestion): CostEstimate {
  return new Estimate(table, question).run();
}

class Estimate {
  #requests = 0;
  #selections = 0;
  #waits = 0;
  /** Values that introspection answers with. */
  #introspected = 0;
  #pageSize: CostEstimate["pageSize"] = null;
  readonly #loads = new Map<string, Load>();
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(
    private readonly table: CostTable,
    private readonly question: CostQuestion,
  ) {
    this.#fragments = new Map(
      question.document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
      ),
    );
  }

  run(): CostEstimate {
    const { schema, operation, environment } = this.question;
    const root = schema.getRootType(operation.operation);
    if (root != null) {
      this.#visit({
        typeName: root.name,
        selectionSets: [operation.selectionSet],
        count: 1,
        moments: 1,
        wait: "",
        different: new Map(),
      });
    }
    let calls = this.#requests + Math.floor(this.#introspected / INTROSPECTED_PER_REQUEST);
    for (const { batch, moments, keys } of this.#loads.values()) {
      const all = [...keys.values()].reduce((sum, of) => sum + of, 0);
      // Nothing is loaded for no objects: of each there is one at least.
      const together = Math.min(moments, all);
      calls += together * batch.requests(Math.ceil(all / together), environment);
    }
    return {
      calls: Math.min(COUNT_MAX, calls),
      pageSize: this.#pageSize,
      complete: this.#selections <= SELECTIONS_MAX,
    };
  }

  #visit(place: Place): void {
    for (const { typeName, nodes } of this.#fieldsOf(place)) {
      if (this.#selections > SELECTIONS_MAX) return;
      const { value: name } = nodes[0].name;
      const type = this.question.schema.getType(typeName);
      const own = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
      const field = own ?? introspectionField(name);
      if (typeName.startsWith("__")) this.#introspected = Math.min(COUNT_MAX, this.#introspected + place.count);
      // `__typename`, and what validation has refused already.
      if (field !== undefined) this.#visitField(place, typeName, field, nodes);
    }
  }

  #visitField(
    place: Place,
    typeName: string,
    field: GraphQLField<unknown, unknown>,
    nodes: readonly [FieldNode, ...(readonly FieldNode[])],
  ): void {
    const args = this.#argumentsOf(field, nodes[0]);
    const table = typeName.startsWith("__") ? introspectionTable(this.question.schema) : this.table;
    const cost = table[`${typeName}.${field.name}`] ?? {};
    for (const argument of ["first", "last"]) {
      const asked = args[argument];
      if (typeof asked === "number" && asked > (this.#pageSize?.asked ?? 0))
        this.#pageSize = { asked, field: `${typeName}.${field.name}`, max: cost.limits?.max ?? Infinity };
    }
    const amount = (count: Count) =>
      typeof count === "number" ? count : count({ args, environment: this.question.environment });
    const requests = amount(cost.requests ?? 0);
    this.#requests = Math.min(COUNT_MAX, this.#requests + place.count * requests);
    let { wait, moments } = place;
    let keys = place.count;
    if (cost.batch !== undefined) {
      keys = this.#load(place, typeName, cost.batch);
      wait = `${wait}>${cost.batch.loader}`;
    }
    if (requests > 0) {
      // Each comes in its own time.
      this.#waits += 1;
      wait = `${wait}>${this.#waits}`;
      moments = place.count;
    } else if (place.wait === "" && this.question.operation.operation === OperationTypeNode.MUTATION) {
      this.#waits += 1;
      wait = `>${this.#waits}`;
    }
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (selectionSets.length === 0) return;
    const below = getNamedType(field.type).name;
    const items = amount(cost.items ?? 1);
    const count = Math.min(COUNT_MAX, place.count * items);
    // Nothing is asked of the items of an empty list.
    if (count === 0) return;
    this.#visit({
      typeName: below,
      selectionSets,
      count,
      moments: Math.min(moments, count),
      wait,
      different: new Map(place.different).set(below, Math.min(count, keys * items)),
    });
  }

  /** The different keys that are asked for. */
  #load(place: Place, typeName: string, batch: Batch): number {
    const key = `${place.wait}>${batch.loader}`;
    let load = this.#loads.get(key);
    if (load === undefined || load.moments < place.moments) {
      load = { batch, moments: place.moments, keys: load?.keys ?? new Map<Place, number>() };
      this.#loads.set(key, load);
    }
    const keys = Math.min(place.count, place.different.get(batch.keyedBy ?? typeName) ?? place.count);
    load.keys.set(place, keys);
    return keys;
  }

  /** The fields that are selected, as execution merges them: once for each name in the answer, and type condition. */
  #fieldsOf(place: Place) {
    const fields = new Map<string, { readonly typeName: string; readonly nodes: [FieldNode, ...FieldNode[]] }>();
    const seen = new Set<string>();
    const gather = (selectionSet: SelectionSetNode, typeName: string): void => {
      for (const selection of selectionSet.selections) {
        this.#selections += 1;
        if (this.#selections > SELECTIONS_MAX) return;
        if (!this.#isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = `${typeName} ${(selection.alias ?? selection.name).value}`;
          const field = fields.get(key);
          if (field === undefined) fields.set(key, { typeName, nodes: [selection] });
          else field.nodes.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          gather(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
        } else {
          const fragment = this.#fragments.get(selection.name.value);
          const mark = `${typeName} ${selection.name.value}`;
          if (fragment === undefined || seen.has(mark)) continue;
          seen.add(mark);
          gather(fragment.selectionSet, fragment.typeCondition.name.value);
        }
      }
    };
    for (const selectionSet of place.selectionSets) gather(selectionSet, place.typeName);
    return fields.values();
  }

  #isIncluded(node: SelectionNode): boolean {
    if (node.directives === undefined || node.directives.length === 0) return true;
    const { variables } = this.question;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.["if"] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.["if"] !== false
    );
  }

  #argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Readonly<Record<string, unknown>> {
    try {
      return getArgumentValues(field, node, this.question.variables);
    } catch {
      // The field will be refused when it runs, before anything is asked.
      return {};
    }
  }
}
