import graphql from "@graphql-eslint/eslint-plugin";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

const schemaRules = graphql.configs["flat/schema-recommended"].rules;

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "bench/dist/",
      "coverage/",
      "src/cli/generated/",
      "src/page/generated/",
      "client/dist/",
      "client/src/generated/",
      "test/generated/",
    ],
  },
  {
    files: ["**/*.{ts,tsx,js}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // type-graphql's resolver classes hold no state, so their methods need no `this` and some classes no members.
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A subscription's arguments must stand in its signature, though its iterable has used them already.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Plain filters stand in for input classes that a client left out.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
  {
    // Text of clients and of upstreams reaches these: the time that an expression takes must grow no faster than the text.
    // The rules see what is plain to see; test/steady/fuzz/expressions.test.ts proves it for each expression.
    files: ["src/**/*.{ts,tsx}"],
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
      "regexp/no-super-linear-move": ["error", { report: "potential", ignoreSticky: false, ignorePartial: false }],
    },
  },
  {
    // An answer's shape is what a test asserts; typing it first would say everything twice.
    files: ["test/**/*.ts"],
    rules: Object.fromEntries(
      [
        "explicit-any",
        "unsafe-argument",
        "unsafe-assignment",
        "unsafe-call",
        "unsafe-member-access",
        "unsafe-return",
      ].map((rule) => [`@typescript-eslint/no-${rule}`, "off"]),
    ),
  },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["schema.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: "./schema.graphql" } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...schemaRules,
      ...graphql.configs["flat/schema-relay"].rules,
      // `buildId` and `evaluationId` are the servers' own numbers, told apart from our global `id` by their names;
      // `Device.deviceType` and `deviceVersion` are LAVA's own words.
      "@graphql-eslint/no-typename-prefix": "off",
      // An id is a promise that `node(id:)` finds the thing again: what keeps it implements Node. Pages, counts, lines of
      // a log and results of mutations have no identity of their own.
      "@graphql-eslint/strict-id-in-types": "off",
      // Lines of a log and jobs of an evaluation are paged but are no Nodes, for the same reason; and a list that is
      // always short, such as a build's outputs, needs no pages.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // What the servers can only tell forwards has no `last` and no `before`.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // LAVA's word for a kind of board.
      "@graphql-eslint/naming-convention": [
        "error",
        {
          ...schemaRules["@graphql-eslint/naming-convention"][1],
          "ObjectTypeDefinition,ObjectTypeExtension": {
            forbiddenPrefixes: ["Type"],
            forbiddenSuffixes: ["Type"],
            ignorePattern: "^DeviceType$",
          },
        },
      ],
    },
  },
);
