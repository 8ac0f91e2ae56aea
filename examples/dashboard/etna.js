// How the dashboard speaks to Etna: one function for queries, one for subscriptions. No library is needed.

/** @returns {Promise<any>} `data`; throws with the first message where there is none at all. */
export async function query(origin, document, variables = {}) {
  const response = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: document, variables }),
  });
  const { data, errors = [] } = await response.json();
  if (data == null) throw new Error(errors[0]?.message ?? `HTTP ${response.status}`);
  // A server that is away makes its own fields null; the rest of the answer stands.
  return data;
}

/** Calls `take` with `data` of each event until the stream ends or `signal` aborts. */
export async function subscribe(origin, document, take, signal) {
  const response = await fetch(`${origin}/graphql/stream`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: document }),
    signal,
  });
  if (!response.ok) throw new Error((await response.json()).errors[0].message);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split("\n\n");
    text = events.pop();
    for (const event of events) {
      if (!/^event: next$/m.test(event)) continue;
      const { data, errors = [] } = JSON.parse(/^data: (.*)$/m.exec(event)[1]);
      if (data == null) throw new Error(errors[0]?.message ?? "an event without data");
      take(data);
    }
  }
}
