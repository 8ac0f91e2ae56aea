/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query JobResults($jobId: ID!) {\n  testJob(jobId: $jobId) {\n    jobId\n    state\n    health\n    device {\n      hostname\n      deviceType {\n        name\n      }\n    }\n    resultCounts {\n      pass\n      fail\n      skip\n      unknown\n      total\n    }\n    suites {\n      name\n      cases(first: 50) {\n        nodes {\n          name\n          set\n          result\n          measurement\n          unit\n          reference\n        }\n      }\n    }\n    log {\n      lines(last: 5) {\n        nodes {\n          number\n          level\n          text\n        }\n      }\n    }\n  }\n}": typeof types.JobResultsDocument,
};
const documents: Documents = {
    "query JobResults($jobId: ID!) {\n  testJob(jobId: $jobId) {\n    jobId\n    state\n    health\n    device {\n      hostname\n      deviceType {\n        name\n      }\n    }\n    resultCounts {\n      pass\n      fail\n      skip\n      unknown\n      total\n    }\n    suites {\n      name\n      cases(first: 50) {\n        nodes {\n          name\n          set\n          result\n          measurement\n          unit\n          reference\n        }\n      }\n    }\n    log {\n      lines(last: 5) {\n        nodes {\n          number\n          level\n          text\n        }\n      }\n    }\n  }\n}": types.JobResultsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query JobResults($jobId: ID!) {\n  testJob(jobId: $jobId) {\n    jobId\n    state\n    health\n    device {\n      hostname\n      deviceType {\n        name\n      }\n    }\n    resultCounts {\n      pass\n      fail\n      skip\n      unknown\n      total\n    }\n    suites {\n      name\n      cases(first: 50) {\n        nodes {\n          name\n          set\n          result\n          measurement\n          unit\n          reference\n        }\n      }\n    }\n    log {\n      lines(last: 5) {\n        nodes {\n          number\n          level\n          text\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.js').JobResultsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
