// A real table that can be scrolled sideways by keyboard, and becomes cards on a narrow screen.

import type { ReactNode } from "react";

interface TableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** `tr`s, or whole `tbody`s. */
  readonly children: ReactNode;
}

export function Table({ label, columns, children }: TableProps) {
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="cards">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}
