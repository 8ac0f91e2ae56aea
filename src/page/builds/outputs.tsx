// What a build has made: store paths to copy, files to take away.

import { useState } from "react";
import { bytes } from "../format.js";
import type { BuildHeadQuery } from "../generated/graphql.js";
import { writeClipboard } from "../log/copy.js";
import { Panel } from "../parts/panel.js";

type Build = NonNullable<BuildHeadQuery["build"]>;

export function Outputs({ build }: { readonly build: Build }) {
  return (
    <Panel title="Outputs and files">
      <ul className="list">
        {build.outputs.map(({ name, path }) => (
          <Path key={path} path={path} name={`the output ${name}`} />
        ))}
        <Path path={build.derivation} name="the derivation" />
        {build.products.map(({ productId, path, type, sizeBytes, url }) => (
          <li key={productId}>
            <a className="store" href={url} rel="noreferrer">
              {path.replace(/^.*\//, "")}
            </a>
            <span className="muted nw">
              {type}, {bytes(sizeBytes)}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Path({ path, name }: { readonly path: string; readonly name: string }) {
  const [word, setWord] = useState("copy");
  const copy = () =>
    writeClipboard(path).then(
      () => setWord("copied"),
      () => setWord("not allowed"),
    );
  return (
    <li>
      <span className="store">{path}</span>
      <button type="button" aria-label={`Copy the path of ${name}: ${word}`} onClick={() => void copy()}>
        {word}
      </button>
    </li>
  );
}
