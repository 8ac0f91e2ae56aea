// What the package exports.

export { createEtnaClient } from "./client.js";
export type { EtnaClient, EtnaClientOptions, RequestOptions, SubscribeOptions } from "./client.js";
export { EtnaError } from "./errors.js";
export type { AnswerError, ClientCode } from "./errors.js";
export type { Answer, Operation } from "./operation.js";
export type { RetryOptions } from "./resume.js";
export type { TestJobProgress, WaitOptions } from "./wait.js";
