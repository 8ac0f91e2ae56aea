// Suites by board: what ran where and how it went. What did not run has not passed.

import { Panel } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import type { Look } from "../words.js";
import { suitesByBoard } from "./by-board.js";
import type { BoardSuites, Cell } from "./by-board.js";
import type { TestedJob } from "./tested-job.js";

function cellLook(cell: Cell): Look {
  const word = `${cell.fail}/${cell.total}`;
  if (cell.running) return { word, shape: "run", tone: "run" };
  return cell.fail > 0 ? { word, shape: "fail", tone: "fail" } : { word, shape: "pass", tone: "pass" };
}

export function SuitesByBoard({ jobs }: { readonly jobs: readonly TestedJob[] }) {
  const { suites, boards } = suitesByBoard(jobs);
  if (suites.length === 0) return null;
  return (
    <Panel title="Suites by board" aside="failed of all">
      <div className="scroll" tabIndex={0} role="group" aria-label="Suites by board">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Suite</th>
              {boards.map(({ hostname }) => (
                <th key={hostname} scope="col">
                  {hostname}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {suites.map((suite) => (
              <tr key={suite}>
                <th scope="row">{suite}</th>
                {boards.map((board) => (
                  <td key={board.hostname}>
                    <SuiteCell board={board} suite={suite} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function SuiteCell({ board, suite }: { readonly board: BoardSuites; readonly suite: string }) {
  const cell = board.suites.get(suite);
  if (cell !== undefined) return <Status look={cellLook(cell)} />;
  return board.broken ? (
    <Status look={{ word: "lab", shape: "warn", tone: "warn" }} />
  ) : (
    <span className="muted">not run</span>
  );
}
