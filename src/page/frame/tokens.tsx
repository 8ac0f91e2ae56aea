// The viewer's tokens: a field for each LAVA server, checked before it is taken.

import { useState } from "react";
import { ViewerDocument } from "../generated/graphql.js";
import { faultWords, toFault } from "../graph/errors.js";
import { credentials, tokenHeaders } from "../graph/credentials.js";
import type { Account } from "../graph/credentials.js";
import { useGraph } from "../graph/use.js";
import { Dialog } from "../parts/dialog.js";
import { tokenDialog } from "../parts/opened.js";
import { useStore } from "../parts/store.js";
import { useServers } from "./servers.js";

type Check = (given: readonly Account[]) => Promise<readonly Account[] | string>;

export function TokenDialog() {
  const open = useStore(tokenDialog);
  return open ? (
    <Dialog title="Tokens" onClose={() => tokenDialog.set(false)}>
      <TokenForm />
    </Dialog>
  ) : null;
}

function TokenForm() {
  const { lava } = useServers();
  const check = useCheck();
  const accounts = useStore({ get: credentials.accounts, subscribe: credentials.subscribe });
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [keep, setKeep] = useState(credentials.kept());
  const [problem, setProblem] = useState<string | null>(null);
  const [checking, setChecking] = useState(false);
  const submit = async () => {
    setChecking(true);
    setProblem(null);
    const fresh = Object.entries(given).flatMap(([server, token]) =>
      token.trim() === "" ? [] : [{ server, token: token.trim(), user: "" }],
    );
    const kept = accounts.filter(({ server }) => !fresh.some((one) => one.server === server));
    const result = fresh.length === 0 ? kept : await check([...kept, ...fresh]);
    setChecking(false);
    if (typeof result === "string") setProblem(result);
    else {
      credentials.set(result, keep);
      tokenDialog.set(false);
    }
  };
  return (
    <form
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p className="muted">
        With a token you see and may do what that server allows you. It stays in this tab&rsquo;s memory and goes to no
        other server.
      </p>
      {lava.map(({ name }) => (
        <label key={name}>
          <span>
            {name} <Known account={accounts.find(({ server }) => server === name)} />
          </span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={given[name] ?? ""}
            onChange={(event) => setGiven({ ...given, [name]: event.target.value })}
          />
        </label>
      ))}
      <label className="check">
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
        Keep them until this tab is closed
      </label>
      {problem !== null && (
        <p role="alert" className="fail">
          {problem}
        </p>
      )}
      <div className="row end">
        {accounts.length > 0 && (
          <button
            type="button"
            onClick={() => {
              credentials.set([], false);
              tokenDialog.set(false);
            }}
          >
            Forget all
          </button>
        )}
        <button type="submit" className="primary" disabled={checking}>
          {checking ? "Checking…" : "Use"}
        </button>
      </div>
    </form>
  );
}

function Known({ account }: { readonly account: Account | undefined }) {
  return account === undefined ? null : <span className="pass">you are {account.user}</span>;
}

/** Asks each server whose token it is. Gives the accounts, or why there is none. */
function useCheck(): Check {
  const { url } = useGraph();
  return async (given) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...tokenHeaders(given) },
      body: JSON.stringify({ query: ViewerDocument.toString() }),
    }).catch(() => null);
    if (response === null) return "Etna does not answer.";
    const { data, errors } = (await response.json()) as ViewerAnswer;
    const accounts = data?.viewer?.accounts ?? [];
    const users = new Map(accounts.map(({ server, user }) => [server.name, user]));
    const unknown = given.find(({ server }) => users.get(server) == null);
    if (unknown === undefined) return given.map((one) => ({ ...one, user: users.get(one.server) ?? "" }));
    const [fault] = (errors ?? []).map(toFault);
    return fault === undefined ? `${unknown.server} does not know this token.` : faultWords(fault);
  };
}

interface ViewerAnswer {
  readonly data?: { readonly viewer?: { readonly accounts: readonly ViewerAccount[] } | null } | null;
  readonly errors?: readonly object[];
}

interface ViewerAccount {
  readonly user: string | null;
  readonly server: { readonly name: string };
}
