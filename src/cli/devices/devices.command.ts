import { ListDevicesDocument } from "../generated/graphql.js";
import type { DeviceHealth, DeviceState, ListDevicesQuery } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printTable } from "../output/table.js";
import { withGateway } from "../remote/gateway.js";
import { readList } from "../remote/pages.js";
import { LIST_DEFAULT, PAGE_SIZE, createRemoteCommand } from "../tree/command.js";
import { collect, optionOfWords, readCount } from "../tree/values.js";

const STATES: Readonly<Record<DeviceState, true>> = { IDLE: true, RESERVED: true, RUNNING: true, UNRECOGNIZED: true };
const HEALTHS: Readonly<Record<DeviceHealth, true>> = {
  GOOD: true,
  UNKNOWN: true,
  LOOPING: true,
  BAD: true,
  MAINTENANCE: true,
  RETIRED: true,
  UNRECOGNIZED: true,
};

type Node = NonNullable<NonNullable<ListDevicesQuery["devices"]>["nodes"][number]>;

export function devicesCommand() {
  return createRemoteCommand("devices")
    .summary("list devices")
    .description("Lists the devices of all LAVA servers by name, without the retired ones unless asked for.")
    .addOption(optionOfWords("--state <state>", "in this state", STATES))
    .addOption(optionOfWords("--health <health>", "of this health", HEALTHS))
    .option("--type <name>", "of this device type; may be repeated", collect)
    .option("--tag <name>", "with at least one of these tags; may be repeated", collect)
    .option("--text <text>", "with this text in the description")
    .option("--limit <count>", "how many at most", readCount, LIST_DEFAULT)
    .action(async ({ json, state, health, type, tag, text, limit, ...values }) => {
      const filter = {
        ...(state === undefined ? {} : { states: [...state] }),
        ...(health === undefined ? {} : { healths: [...health] }),
        ...(type === undefined ? {} : { deviceTypes: [...type] }),
        ...(tag === undefined ? {} : { tags: [...tag] }),
        ...(text === undefined ? {} : { text }),
      };
      process.exitCode = await withGateway(values, async (remote) => {
        const found: Node[] = [];
        const list = {
          operation: ListDevicesDocument,
          variables: (page: { first: number; after: string | null }) => ({ filter, server: remote.server, ...page }),
          pick: ({ devices }: ListDevicesQuery) => devices,
          limit,
          pageSize: PAGE_SIZE,
        };
        const status = await readList(remote, list, (nodes) => {
          if (json === true) nodes.forEach(printJson);
          else found.push(...nodes);
        });
        printTable(["DEVICE", "TYPE", "STATE", "HEALTH", "WORKER", "JOB"], found.map(toRow));
        return status;
      });
    });
}

function toRow({ hostname, deviceType, state, health, worker, currentJob }: Node): readonly string[] {
  return [hostname, deviceType?.name ?? "", state, health, worker?.hostname ?? "", currentJob?.jobId ?? ""];
}
