// The operations that are measured. The rivals' schema has the same names where it has the same things.

const NODES = `nodes {
    jobId state health
    device { hostname deviceType { name } }
    suites { name cases(first: 50) { nodes { name result measurement unit } } }
  }`;

/** A gateway's address and who asks. */
export interface Viewer {
  readonly url: string;
  /** Null asks as anonymous. */
  readonly token: string | null;
}

/** A GraphQL request as it is posted. */
export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export const STANDARD_SCREEN: Operation = { query: `{ testJobs(first: 50) { ${NODES} } }` };

/** The standard screen of one of several servers. */
export function screenOf(server: string): Operation {
  // One document for all: what a client sends again and again is parsed once, by the rivals too.
  return {
    query: `query ($server: String) { testJobs(first: 50, server: $server) { ${NODES} } }`,
    variables: { server },
  };
}

/** A later page of 50, for Etna. */
export function pageAfter(cursor: string | null, server: string): Operation {
  return {
    query: `query ($after: String) { testJobs(first: 50, after: $after, server: "${server}") { ${NODES} } }`,
    variables: { after: cursor },
  };
}

/** The same for the rivals. */
export function pageFrom(offset: number): Operation {
  return { query: `{ testJobs(first: 50, offset: ${offset}) { ${NODES} } }` };
}

/** One small read. */
export function stateOf(job: number, server: string): Operation {
  const query = `query ($job: ID!, $server: String) { testJob(jobId: $job, server: $server) { state health } }`;
  return { query, variables: { job: String(job), server } };
}

/** A page of 100 log lines; a cursor is a line's number. */
export function logPage(job: number, after: string | null): Operation {
  return {
    query: `query ($after: String) { testJob(jobId: "${job}") { log { lines(first: 100, after: $after) { nodes { number time level text } } } } }`,
    variables: { after },
  };
}

export const JOB_UPDATES = "subscription ($job: ID!) { testJobUpdates(jobIds: [$job]) { state health } }";

export function headersOf(token: string | null): Record<string, string> {
  return { "content-type": "application/json", ...(token === null ? {} : { authorization: `Token ${token}` }) };
}

/** Posts one operation; throws for anything but data without errors. Resolves to the answer's text. */
export async function post(viewer: Viewer, operation: Operation): Promise<string> {
  const response = await fetch(viewer.url, {
    method: "POST",
    headers: headersOf(viewer.token),
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  const answer = JSON.parse(text) as { readonly data?: unknown; readonly errors?: unknown };
  if (response.status !== 200 || answer.data == null || answer.errors !== undefined) {
    throw new Error(`${viewer.url} answered ${response.status}: ${text.slice(0, 500)}`);
  }
  return text;
}

/** What Etna calls the ends of its first pages of 50: `null`, then what each next page begins after. Asks for no more than the lists. */
export async function cursorsOf(viewer: Viewer, server: string, pages: number): Promise<(string | null)[]> {
  const query = `query ($after: String) { testJobs(first: 50, after: $after, server: "${server}") { pageInfo { endCursor } } }`;
  const cursors: (string | null)[] = [null];
  while (cursors.length < pages) {
    const text = await post(viewer, { query, variables: { after: cursors.at(-1) } });
    const { data } = JSON.parse(text) as { data: { testJobs: { pageInfo: { endCursor: string } } } };
    cursors.push(data.testJobs.pageInfo.endCursor);
  }
  return cursors;
}
