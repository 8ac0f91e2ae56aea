// The connection types of every list, made alike.

import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import { make } from "./make.js";
import { shownThing } from "../odd-fields.js";
import { LIST_LIMITS, LONG_LIST_LIMITS } from "../page.js";
import type { Page, PageArgs, PageLimits } from "../page.js";

const firstOf = ({ default: count, max }: PageLimits) =>
  ({
    nullable: true,
    description: `How many, from the beginning or after \`after\`; ${count} when left out, at most ${max}.`,
  }) as const;
const lastOf = ({ max }: PageLimits) =>
  ({
    nullable: true,
    description: `How many, from the end or before \`before\`; at most ${max}. Not where several servers are merged.`,
  }) as const;
const AFTER = { nullable: true, description: "Cursor of the edge to go on after; goes with `first`." } as const;
const BEFORE = { nullable: true, description: "Cursor of the edge to end before; goes with `last`." } as const;

/** Of a list that has no way back: of several systems, or of one that only tells what comes next. */
@ArgsType()
export class ForwardArgs implements PageArgs {
  @Field(() => Int, firstOf(LIST_LIMITS))
  first?: number | null;

  @Field(() => String, AFTER)
  after?: string | null;
}

@ArgsType()
export class ConnectionArgs extends ForwardArgs {
  @Field(() => Int, lastOf(LIST_LIMITS))
  last?: number | null;

  @Field(() => String, BEFORE)
  before?: string | null;
}

/** Of a list of small items. */
@ArgsType()
export class LongListArgs implements PageArgs {
  readonly limits = LONG_LIST_LIMITS;

  @Field(() => Int, firstOf(LONG_LIST_LIMITS))
  first?: number | null;

  @Field(() => String, AFTER)
  after?: string | null;

  @Field(() => Int, lastOf(LONG_LIST_LIMITS))
  last?: number | null;

  @Field(() => String, BEFORE)
  before?: string | null;
}

@ObjectType({ description: "Where a page lies in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether the list goes on after this page." })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether the list has something before this page." })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first edge; null when the page is empty." })
  readonly startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Where the next page begins: the cursor of the last edge, or, where Etna had to search and found too few, the place " +
      "that it has come to. Null when the page is empty and nothing follows.",
  })
  readonly endCursor!: string | null;
}

/** Makes `NAMEEdge` and `NAMEConnection`. `what` is the plural used in descriptions, e.g. `test jobs`. */
export function connectionOf<T extends object>(
  name: string,
  node: () => abstract new (...args: never[]) => T,
  what: string,
) {
  @ObjectType(`${name}Edge`, { description: `One of the ${what}, with its place in the list.` })
  class Edge {
    @Field(() => String, { description: "Opaque position, for `after` or `before`." })
    readonly cursor!: string;

    @Field(node, { nullable: true, description: "The item itself; null, with an error, when it could not be read." })
    readonly node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${what}.` })
  class Connection {
    readonly page!: Page<T>;

    @Field(() => [Edge], { description: "The items with their cursors, in the list's order." })
    edges(): Edge[] {
      return this.page.items.map((item) => make(Edge, { ...item, node: shownThing(item.node) }));
    }

    @Field(() => [node()], {
      nullable: "items",
      description: "The items alone, in the list's order; null, with an error, in place of one that could not be read.",
    })
    nodes(): T[] {
      return this.page.items.map(({ node }) => shownThing(node));
    }

    @Field(() => PageInfo, { description: "Where this page lies in the list." })
    pageInfo(): PageInfo {
      const { items, hasNextPage, hasPreviousPage, endCursor } = this.page;
      return make(PageInfo, {
        hasNextPage,
        hasPreviousPage,
        startCursor: items[0]?.cursor ?? null,
        endCursor: endCursor ?? items.at(-1)?.cursor ?? null,
      });
    }

    @Field(() => Int, {
      nullable: true,
      description: "How many there are in all; null where the upstream does not say.",
    })
    async totalCount(): Promise<number | null> {
      const { totalCount } = this.page;
      return typeof totalCount === "function" ? totalCount() : totalCount;
    }
  }

  return { Edge, Connection, of: (page: Page<T>) => make(Connection, { page }) };
}
