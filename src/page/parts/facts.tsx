// Facts about a thing: a name and what it is.

import type { ReactNode } from "react";

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="row wrap">{children}</dd>
    </div>
  );
}
