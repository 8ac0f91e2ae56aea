// A test job of a build, with how that is known.

import type { LinkEvidence, TestedJobFragment } from "../generated/graphql.js";

export type TestedJob = TestedJobFragment & { readonly evidence: LinkEvidence };
