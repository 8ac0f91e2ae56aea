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
    "mutation SubmitDefinition($definition: String!, $server: String) {\n  submitTestJob(definition: $definition, server: $server) {\n    __typename\n    ... on TestJobsSubmitted {\n      jobIds\n    }\n    ... on TestJobRefused {\n      message\n    }\n  }\n}": typeof types.SubmitDefinitionDocument,
    "query FindByAddress($address: String!) {\n  search(text: $address, first: 1) {\n    server {\n      name\n    }\n    node {\n      ... on TestJob {\n        jobId\n      }\n      ... on Build {\n        buildId\n      }\n      ... on Evaluation {\n        evaluationId\n      }\n    }\n  }\n}": typeof types.FindByAddressDocument,
    "subscription WaitForTestJobs($jobIds: [ID!], $server: String) {\n  testJobUpdates(jobIds: $jobIds, server: $server) {\n    state\n    health\n    testJob {\n      id\n      jobId\n      name\n      failure {\n        kind\n        message\n      }\n    }\n  }\n}\n\nsubscription WaitForBuilds($buildIds: [Int!], $server: String) {\n  buildUpdates(buildIds: $buildIds, server: $server) {\n    status\n    build {\n      id\n      buildId\n      job\n      phase\n    }\n  }\n}\n\nsubscription WaitForEvaluation($evaluationId: Int, $server: String) {\n  evaluationUpdates(evaluationId: $evaluationId, server: $server, builds: true) {\n    status\n    counts {\n      total\n      succeeded\n      failed\n      canceled\n      pending\n    }\n    evaluation {\n      evaluationId\n      specificationName\n    }\n  }\n}\n\nsubscription TailLog($run: ID!, $from: Int!) {\n  logLines(run: $run, from: $from) {\n    lines {\n      number\n      level\n      text\n    }\n    nextLine\n    finished\n  }\n}": typeof types.WaitForTestJobsDocument,
};
const documents: Documents = {
    "mutation SubmitDefinition($definition: String!, $server: String) {\n  submitTestJob(definition: $definition, server: $server) {\n    __typename\n    ... on TestJobsSubmitted {\n      jobIds\n    }\n    ... on TestJobRefused {\n      message\n    }\n  }\n}": types.SubmitDefinitionDocument,
    "query FindByAddress($address: String!) {\n  search(text: $address, first: 1) {\n    server {\n      name\n    }\n    node {\n      ... on TestJob {\n        jobId\n      }\n      ... on Build {\n        buildId\n      }\n      ... on Evaluation {\n        evaluationId\n      }\n    }\n  }\n}": types.FindByAddressDocument,
    "subscription WaitForTestJobs($jobIds: [ID!], $server: String) {\n  testJobUpdates(jobIds: $jobIds, server: $server) {\n    state\n    health\n    testJob {\n      id\n      jobId\n      name\n      failure {\n        kind\n        message\n      }\n    }\n  }\n}\n\nsubscription WaitForBuilds($buildIds: [Int!], $server: String) {\n  buildUpdates(buildIds: $buildIds, server: $server) {\n    status\n    build {\n      id\n      buildId\n      job\n      phase\n    }\n  }\n}\n\nsubscription WaitForEvaluation($evaluationId: Int, $server: String) {\n  evaluationUpdates(evaluationId: $evaluationId, server: $server, builds: true) {\n    status\n    counts {\n      total\n      succeeded\n      failed\n      canceled\n      pending\n    }\n    evaluation {\n      evaluationId\n      specificationName\n    }\n  }\n}\n\nsubscription TailLog($run: ID!, $from: Int!) {\n  logLines(run: $run, from: $from) {\n    lines {\n      number\n      level\n      text\n    }\n    nextLine\n    finished\n  }\n}": types.WaitForTestJobsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SubmitDefinition($definition: String!, $server: String) {\n  submitTestJob(definition: $definition, server: $server) {\n    __typename\n    ... on TestJobsSubmitted {\n      jobIds\n    }\n    ... on TestJobRefused {\n      message\n    }\n  }\n}"): typeof import('./graphql.js').SubmitDefinitionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FindByAddress($address: String!) {\n  search(text: $address, first: 1) {\n    server {\n      name\n    }\n    node {\n      ... on TestJob {\n        jobId\n      }\n      ... on Build {\n        buildId\n      }\n      ... on Evaluation {\n        evaluationId\n      }\n    }\n  }\n}"): typeof import('./graphql.js').FindByAddressDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription WaitForTestJobs($jobIds: [ID!], $server: String) {\n  testJobUpdates(jobIds: $jobIds, server: $server) {\n    state\n    health\n    testJob {\n      id\n      jobId\n      name\n      failure {\n        kind\n        message\n      }\n    }\n  }\n}\n\nsubscription WaitForBuilds($buildIds: [Int!], $server: String) {\n  buildUpdates(buildIds: $buildIds, server: $server) {\n    status\n    build {\n      id\n      buildId\n      job\n      phase\n    }\n  }\n}\n\nsubscription WaitForEvaluation($evaluationId: Int, $server: String) {\n  evaluationUpdates(evaluationId: $evaluationId, server: $server, builds: true) {\n    status\n    counts {\n      total\n      succeeded\n      failed\n      canceled\n      pending\n    }\n    evaluation {\n      evaluationId\n      specificationName\n    }\n  }\n}\n\nsubscription TailLog($run: ID!, $from: Int!) {\n  logLines(run: $run, from: $from) {\n    lines {\n      number\n      level\n      text\n    }\n    nextLine\n    finished\n  }\n}"): typeof import('./graphql.js').WaitForTestJobsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
