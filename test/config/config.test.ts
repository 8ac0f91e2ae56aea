// The configuration: where it comes from, what wins, and that all faults are told at once and no secret ever.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../../src/config/config.js";
import type { Config, ConfigFlags } from "../../src/config/config.js";

const folder = mkdtempSync(join(tmpdir(), "etna-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (yaml: string): string => {
  const path = join(folder, "etna.yaml");
  writeFileSync(path, yaml);
  return path;
};
const read = (yaml: string, env: Record<string, string> = {}, flags: ConfigFlags = {}): Config =>
  readConfig({ config: fileOf(yaml), ...flags }, env);
const faultsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const fault of error.faults) expect(error.message).toContain(`\n  ${fault}`);
      return error.faults;
    }
    throw error;
  }
  throw new Error("was accepted");
};

describe("readConfig", () => {
  it("listens on loopback and knows no server by default", () => {
    expect(readConfig({}, {})).toMatchObject({ listen: { host: "127.0.0.1", port: 4000 }, lava: [], cuirass: [] });
    expect(read("")).toEqual(readConfig({}, {}));
  });

  it("reads a whole file", () => {
    const config = read(`
listen: {host: 0.0.0.0, port: 8080}
lava:
- {name: lab, url: https://lava.example.org/sub/, user: etna, token: abc, share: true, tokens: shared, events: poll}
- {url: http://10.0.0.1:8000, token: def, insecure: true, publisher: tcp://10.0.0.1:5500}
cuirass:
- url: https://ci.example.org
- {name: guix, url: https://guix.example.org}
limits: {concurrency: 8, timeoutSeconds: 90}
cache: {rightsSeconds: 5}
`);
    const limits = { concurrency: 8, totalTimeoutMs: 90_000 };
    expect(config).toMatchObject({
      listen: { host: "0.0.0.0", port: 8080 },
      lava: [
        { name: "lab", share: true, tokens: "shared", insecure: false, events: "poll", publisher: null, limits },
        { name: "lava2", share: false, insecure: true, events: "auto", publisher: "tcp://10.0.0.1:5500", limits },
      ],
      cuirass: [
        { name: "cuirass", limits },
        { name: "guix", limits },
      ],
      cache: { rightsMs: 5_000 },
    });
    expect(read("").cache?.rightsMs).toBe(30_000);
    expect(config.lava.map(({ url, token }) => [url.href, token?.reveal()])).toEqual([
      ["https://lava.example.org/sub/", "abc"],
      ["http://10.0.0.1:8000/", "def"],
    ]);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("takes each limit in time of a request to a server", () => {
    const config = read(`
lava: [{url: https://lava.example.org}]
limits: {connectTimeoutSeconds: 2, firstByteTimeoutSeconds: 20, timeoutSeconds: 40}
`);
    expect(config.lava[0]?.limits).toEqual({
      connectTimeoutMs: 2_000,
      headersTimeoutMs: 20_000,
      totalTimeoutMs: 40_000,
    });
    expect(faultsOf(() => read("limits: {connectTimeoutSeconds: 0, firstByteTimeoutSeconds: never}"))).toEqual([
      expect.stringMatching(/^limits\.connectTimeoutSeconds: .*; e\.g\. 5$/),
      expect.stringMatching(/^limits\.firstByteTimeoutSeconds: .*; e\.g\. 30$/),
    ]);
  });

  it("puts the environment in place of ${NAME}, inside a text too", () => {
    const config = read("lava: [{url: 'https://${HOST}/${PATH_}', token: '${TOKEN}', name: n}]", {
      HOST: "lava.example.org",
      PATH_: "sub",
      TOKEN: "{not:[yaml]}#",
    });
    expect(config.lava[0]?.url.href).toBe("https://lava.example.org/sub");
    expect(config.lava[0]?.token?.reveal()).toBe("{not:[yaml]}#");
    expect(read("lava: [{url: 'https://x.example.org'}] # ${NOT_SET}").lava).toHaveLength(1);
  });

  describe("what wins", () => {
    const file = "listen: {host: file.example.org, port: 1}\nlava: [{url: 'https://file.example.org'}]";
    const env = {
      ETNA_LAVA: "https://env.example.org",
      ETNA_HOST: "env.example.org",
      ETNA_PORT: "2",
      ETNA_CUIRASS: " https://a.example.org  two=https://b.example.org ",
    };
    const seen = ({ listen, lava, cuirass }: Config) => ({
      listen: `${listen.host}:${listen.port}`,
      lava: lava.map(({ name, url }) => `${name} ${url.hostname}`),
      cuirass: cuirass.map(({ name, url }) => `${name} ${url.hostname}`),
    });

    it("is the file over the defaults", () => {
      expect(seen(read(file))).toEqual({ listen: "file.example.org:1", lava: ["lava file.example.org"], cuirass: [] });
    });

    it("is the environment over the file", () => {
      expect(seen(read(file, env))).toEqual({
        listen: "env.example.org:2",
        lava: ["lava env.example.org"],
        cuirass: ["cuirass a.example.org", "two b.example.org"],
      });
    });

    it("are the flags over both", () => {
      const flags = { host: "flag.example.org", port: "3", lava: ["lab=https://flag.example.org"], cuirass: [] };
      expect(seen(read(file, env, flags))).toEqual({
        listen: "flag.example.org:3",
        lava: ["lab flag.example.org"],
        cuirass: [],
      });
      expect(seen(read(file, {}, { port: "0" })).listen).toBe("file.example.org:0");
    });
  });

  it("takes NAME=URL, and an address with = for an address", () => {
    const names = (...lava: string[]) => readConfig({ lava }, {}).lava.map(({ name, url }) => [name, url.href]);
    expect(names("lab-2=https://x.example.org", "https://x.example.org/a=b")).toEqual([
      ["lab-2", "https://x.example.org/"],
      ["lava2", "https://x.example.org/a=b"],
    ]);
  });

  describe("tokens", () => {
    const entry = (url: string, more = "") => `lava: [{url: '${url}', token: hunter2${more}}]`;

    it.each([
      ["https://lava.example.org", ""],
      ["http://localhost:8000", ""],
      ["http://127.0.0.1:8000", ""],
      ["http://[::1]:8000", ""],
      ["http://lava.example.org", ", insecure: true"],
    ])("may travel to %s%s", (url, more) => {
      expect(read(entry(url, more)).lava).toHaveLength(1);
    });

    it("may not travel over plain http", () => {
      expect(faultsOf(() => read(entry("http://lava.example.org:8000")))).toEqual([
        "lava.0.url: a token would travel over plain http; write https://lava.example.org:8000, or insecure: true",
      ]);
      expect(read("lava: [{url: 'http://lava.example.org'}]").lava).toHaveLength(1);
    });

    it("may not travel over a plain WebSocket", () => {
      const more = ", websocket: 'ws://lava.example.org:8001/ws/'";
      expect(faultsOf(() => read(entry("https://lava.example.org", more)))).toEqual([
        "lava.0.websocket: a token would travel over plain ws; write wss://lava.example.org:8001, or insecure: true",
      ]);
      expect(read(entry("https://lava.example.org", `${more}, insecure: true`)).lava).toHaveLength(1);
      expect(read(`lava: [{url: 'https://lava.example.org'${more}}]`).lava).toHaveLength(1);
    });

    it("must be one: no line break, nothing that no header can carry", () => {
      const faults = faultsOf(() =>
        read(JSON.stringify({ lava: [{ url: "https://lava.example.org", token: "se\ncret" }] })),
      );
      expect(faults).toEqual([expect.stringMatching(/^lava\.0\.token: the token has characters that no token has/)]);
      expect(faults.join()).not.toContain("cret");
    });

    it("must be there to be shared", () => {
      expect(faultsOf(() => read("lava: [{url: 'https://lava.example.org', share: true}]"))).toEqual([
        "lava.0.share: there is no token to share; e.g. token: ${LAVA_TOKEN}",
      ]);
    });

    it("are never printed: not with the configuration, not with a fault", () => {
      const config = read(entry("https://lava.example.org"));
      expect(`${JSON.stringify(config)}${inspect(config, { depth: null, showHidden: true })}`).not.toContain("hunter2");
      const faults = faultsOf(() =>
        read(`
lava:
- {url: 'http://lava.example.org', token: hunter2, share: maybe, nope: 1}
- {url: 'https://user:hunter2@lava.example.org', token: [hunter2]}
- {url: 'https://lava.example.org/?token=hunter2', tokens: hunter2}
`),
      );
      expect(faults.length).toBeGreaterThan(4);
      expect(faults.join("\n")).not.toContain("hunter2");
    });
  });

  describe("several gateways", () => {
    const secret = "0123456789abcdef";

    it("share nothing by default", () => {
      expect(read("").cluster).toBeNull();
    });

    it("over the Redis of an address, whose password is a secret", () => {
      const { cluster } = read(
        "cluster: { url: 'rediss://etna:p%40ss@redis.example.org:7000/2', secret: '${SECRET}', required: true, name: lab }",
        { SECRET: secret },
      );
      expect(cluster).toMatchObject({ username: "etna", required: true, name: "lab" });
      expect(cluster?.url.href).toBe("rediss://redis.example.org:7000/2");
      expect(cluster?.password?.reveal()).toBe("p@ss");
      expect(inspect(cluster, { depth: 9 })).not.toMatch(/p@ss|0123456789abcdef/);
      expect(read(`cluster: { url: 'redis://127.0.0.1', secret: ${secret} }`).cluster).toMatchObject({
        ...{ username: null, password: null, required: false, name: "etna" },
      });
    });

    it("not over a network in clear, unless that is said", () => {
      const url = "redis://redis.example.org";
      expect(faultsOf(() => read(`cluster: { url: '${url}', secret: ${secret} }`))).toEqual([
        expect.stringMatching(/^cluster\.url: would go over the network in clear; write rediss:/),
      ]);
      expect(read(`cluster: { url: '${url}', secret: ${secret}, insecure: true }`).cluster?.url.host).toBe(
        "redis.example.org",
      );
    });

    it("tell each fault", () => {
      expect(faultsOf(() => read("cluster: { url: 'http://redis', secret: short, name: 'a b' }"))).toEqual([
        expect.stringMatching(/^cluster\.url: is not the address of a Redis/),
        expect.stringMatching(/^cluster\.secret: must have at least 16 characters/),
        expect.stringMatching(/^cluster\.name: must hold only/),
      ]);
    });
  });

  describe("changes at a Cuirass", () => {
    const entry = (url: string, more: string) => `cuirass: [{url: '${url}', ${more}}]`;
    const LOGIN = "mutations: true, credentials: {username: etna, password: hunter2}";

    it("are off", () => {
      const [cuirass] = read("cuirass: [{url: 'http://ci.example.org'}]").cuirass;
      expect(cuirass).toMatchObject({ mutations: false, credentials: null, insecure: false });
    });

    it("may want a password, which is never printed", () => {
      const config = read(entry("https://ci.example.org", LOGIN));
      const { mutations, credentials } = config.cuirass[0] ?? {};
      expect([mutations, credentials?.login?.username, credentials?.login?.password.reveal()]).toEqual([
        true,
        "etna",
        "hunter2",
      ]);
      expect(`${JSON.stringify(config)}${inspect(config, { depth: null, showHidden: true })}`).not.toContain("hunter2");
    });

    it("may want a certificate, which is read once", () => {
      const files = ["client.pem", "client.key"].map((file) => join(import.meta.dirname, "../fixtures/tls", file));
      const credentials = `credentials: {certificate: '${files[0]}', key: '${files[1]}'}`;
      const config = read(entry("https://ci.example.org", `mutations: true, ${credentials}`));
      const { certificate } = config.cuirass[0]?.credentials ?? {};
      expect(certificate?.certificate).toMatch(/^-----BEGIN CERTIFICATE/);
      expect(certificate?.key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY/);
      expect(inspect(config, { depth: null, showHidden: true })).not.toContain("PRIVATE KEY");
    });

    it.each(["http://localhost:8081", "http://127.0.0.1:8081"])("may send it to %s", (url) => {
      expect(read(entry(url, LOGIN)).cuirass).toHaveLength(1);
    });

    it.each([
      [
        entry("http://ci.example.org:81", LOGIN),
        "cuirass.0.url: a password would travel over plain http; write https://ci.example.org:81, or insecure: true",
      ],
      [
        entry("https://ci.example.org", "credentials: {username: etna, password: hunter2}"),
        "cuirass.0.credentials: are for changes only, which are off; write mutations: true, or leave them out",
      ],
      [
        entry("https://ci.example.org", "mutations: true, credentials: {username: etna}"),
        "cuirass.0.credentials.password: is needed with username; e.g. ${CUIRASS_PASSWORD}",
      ],
      [
        entry("https://ci.example.org", "mutations: true, credentials: {key: /nosuch}"),
        "cuirass.0.credentials.certificate: is needed with key; e.g. /etc/etna/cuirass.pem",
      ],
      [entry("https://ci.example.org", "mutations: true, credentials: {}"), "cuirass.0.credentials: is empty"],
      [
        entry("https://ci.example.org", "mutations: true, credentials: {username: 'a:b', password: hunter2}"),
        "cuirass.0.credentials.username: must not be empty, nor hold a colon",
      ],
      [
        entry(
          "https://ci.example.org",
          `mutations: true, credentials: {certificate: /nosuch, key: '${import.meta.filename}'}`,
        ),
        "cuirass.0.credentials.certificate: /nosuch can't be read",
      ],
      [
        entry(
          "http://127.0.0.1:81",
          `mutations: true, credentials: {certificate: '${join(import.meta.dirname, "../fixtures/tls/client.pem")}', key: '${join(import.meta.dirname, "../fixtures/tls/client.key")}'}`,
        ),
        "cuirass.0.credentials.certificate: needs TLS; write https://127.0.0.1:81",
      ],
      [entry("https://ci.example.org", "mutations: please"), "cuirass.0.mutations: "],
    ])("are refused: %s", (yaml, fault) => {
      const faults = faultsOf(() => read(yaml));
      expect(faults[0]).toContain(fault);
      expect(faults.join("\n")).not.toContain("hunter2");
    });

    it("may send it over plain http when told so", () => {
      expect(read(entry("http://ci.example.org", `insecure: true, ${LOGIN}`)).cuirass).toHaveLength(1);
    });
  });

  it("reads the names by which clients ask, from the file or the environment", () => {
    const file = "listen: {hosts: [etna.example.org, etna_lab]}";
    expect(read(file).listen.hosts).toEqual(["etna.example.org", "etna_lab"]);
    const known = read("listen: {hosts: [one.example], url: 'https://two.example:8443/etna/'}").listen;
    expect(known).toMatchObject({ hosts: ["one.example", "two.example"], url: "https://two.example:8443/etna" });
    expect(faultsOf(() => read("listen: {url: two.example}"))).toEqual([
      expect.stringMatching(/^listen\.url: is not an http or https address .*; e\.g\. https:\/\/etna\.example\.org$/),
    ]);
    expect(read(file, { ETNA_HOSTS: " one.example  two.example " }).listen).toEqual({
      url: null,
      host: "127.0.0.1",
      port: 4000,
      hosts: ["one.example", "two.example"],
      basePath: "",
    });
    for (const name of ["https://etna.example.org", "etna.example.org:443", "a b", "*"]) {
      expect(faultsOf(() => read(`listen: {hosts: ["${name}"]}`))).toEqual([
        "listen.hosts.0: is not a host's name, without scheme and port; e.g. [etna.example.org]",
      ]);
    }
  });

  it("reads the folder that a proxy has Etna in, from the address that clients ask by or alone", () => {
    const folderOf = (keys: string) => read(`listen: {${keys}}`).listen.basePath;
    for (const keys of ["basePath: /ci/etna", "basePath: /ci/etna/", "url: https://example.org/ci/etna/"]) {
      expect(folderOf(keys)).toBe("/ci/etna");
    }
    for (const keys of ["basePath: /", "url: https://example.org", ""]) expect(folderOf(keys)).toBe("");
    for (const text of ["etna", "//etna", "/et na", "https://example.org/etna"]) {
      expect(faultsOf(() => folderOf(`basePath: "${text}"`))).toEqual([
        "listen.basePath: is not a path: a slash before each folder's name; e.g. /etna",
      ]);
    }
    expect(folderOf("url: https://example.org/etna, basePath: /etna/")).toBe("/etna");
    expect(faultsOf(() => folderOf("url: https://example.org/etna, basePath: /other"))).toEqual([
      "listen.basePath: is not the folder of listen.url, which is enough by itself; leave basePath off",
    ]);
  });

  it("tells what is wrong between keys together with what is wrong in one", () => {
    const faults = faultsOf(() =>
      read(`
listen: {port: 99999}
lava:
- {name: lab, url: 'http://lava.example.org', token: secret}
- {name: lab, url: 'https://b.example.org', share: true}
`),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^listen\.port: /),
      expect.stringMatching(/^name: "lab" is given to two servers/),
      expect.stringMatching(/^lava\.0\.url: a token would travel over plain http/),
      expect.stringMatching(/^lava\.1\.share: there is no token to share/),
    ]);
  });

  it.each([
    ["publisher", ""],
    ["publisher", "tcp://lava.example.org :5500"],
    ["publisher", "tcp://lava.example.org:70000"],
    ["websocket", "ws://["],
    ["websocket", "ws://lava example/ws/"],
    ["websocket", "wss://user@lava.example.org/ws/"],
  ])("refuses an address of events that can't be used: %s %j", (key, address) => {
    const file = JSON.stringify({ lava: [{ url: "https://lava.example.org", [key]: address }] });
    expect(faultsOf(() => read(file))).toEqual([expect.stringMatching(new RegExp(`^lava\\.0\\.${key}: is not a `))]);
  });

  it("takes the folder for data by its name, or by the earlier one, but not by both", () => {
    expect(read("data: {dir: /var/lib/etna}").cache?.dir).toBe("/var/lib/etna");
    expect(read("cache: {dir: /var/cache/etna}").cache?.dir).toBe("/var/cache/etna");
    expect(read("").cache?.dir).toBeNull();
    expect(faultsOf(() => read("{data: {dir: /a}, cache: {dir: /b}}"))).toEqual([
      "cache.dir: is the earlier name of data.dir, which is given as well; leave it out",
    ]);
  });

  it("tells all faults together, each with its key and an example", () => {
    const faults = faultsOf(() =>
      read(
        `
listen: {port: 99999}
lava:
- {name: 1st, url: 'ftp://x', events: sometimes, publisher: 'udp://x', token: '\${NOT_SET}', colour: red}
- {}
cuirass: [{url: 'https://x/?q'}]
limits: {concurrency: 0, timeoutSeconds: 1000}
extra: 1
`,
        {},
        { port: "http" },
      ),
    );
    expect(faults).toEqual([
      "lava.0.token: the environment has no NOT_SET; set it, e.g. export NOT_SET=…",
      '--port: "http" is not a number; e.g. 4000, or 0 for a free one',
      expect.stringMatching(/^listen\.port: .*65535.*; e\.g\. 4000$/),
      expect.stringMatching(/^lava\.0\.name: must begin with a letter.*; e\.g\. lab$/),
      expect.stringMatching(/^lava\.0\.url: is not an http or https address.*; e\.g\. https:\/\/lava\.example\.org$/),
      expect.stringMatching(/^lava\.0\.events: .*; e\.g\. auto, zmq, websocket or poll$/),
      expect.stringMatching(/^lava\.0\.publisher: is not a ZeroMQ address; e\.g\. tcp:/),
      expect.stringMatching(/^lava\.0: unknown key colour; see docs/),
      expect.stringMatching(/^lava\.1\.url: .*; e\.g\. https:\/\/lava\.example\.org$/),
      expect.stringMatching(/^cuirass\.0\.url: is not an http or https address.*; e\.g\. https:\/\/ci\.example\.org$/),
      expect.stringMatching(/^limits\.concurrency: .*; e\.g\. 4$/),
      expect.stringMatching(/^limits\.timeoutSeconds: .*; e\.g\. 60$/),
      "unknown key extra; see docs/configuration.md",
    ]);
  });

  it("tells of a missing variable once, whatever else an empty value would be there", () => {
    const variable = (key: string) =>
      expect.stringMatching(new RegExp(`^${key}: the environment has no NOT_SET; set it, e.g. export NOT_SET=…$`));
    expect(
      faultsOf(() =>
        read(`
lava: [{url: '\${NOT_SET}', token: '\${NOT_SET}', share: true, publisher: '\${NOT_SET}'}]
cuirass: [{url: 'https://ci.example.org', mutations: true, credentials: {username: etna, password: '\${NOT_SET}'}}]
trustedDocuments: '\${NOT_SET}'
data: {dir: '\${NOT_SET}'}
`),
      ),
    ).toEqual([
      variable("lava.0.url"),
      variable("lava.0.token"),
      variable("lava.0.publisher"),
      variable("cuirass.0.credentials.password"),
      variable("trustedDocuments"),
      variable("data.dir"),
    ]);
  });

  it("says in its own words what is wrong with a value", () => {
    const faults = faultsOf(() =>
      read(`
listen: {port: 70000, host: "", hosts: 5}
lava: [{url: 'https://lava.example.org', events: loud, share: "yes"}]
limits: {concurrency: 1.5}
metrics: 1
`),
    );
    expect(faults).toEqual([
      "listen.host: must not be empty; e.g. 127.0.0.1",
      "listen.port: must be at most 65535; e.g. 4000",
      "listen.hosts: must be a list; e.g. [etna.example.org]",
      "lava.0.share: must be true or false; e.g. false",
      "lava.0.events: must be one of auto, zmq, websocket, poll; e.g. auto, zmq, websocket or poll",
      "limits.concurrency: must be a whole number; e.g. 4",
      "metrics: must be true or false; e.g. false",
    ]);
  });

  it("takes how often a Cuirass server is looked at, and leaves the default to the server", () => {
    const url = "https://ci.example.org";
    expect(read(`cuirass: [{url: '${url}', poll: 2.5}, {url: '${url}'}]`).cuirass.map(({ poll }) => poll)).toEqual([
      2.5,
      undefined,
    ]);
    expect(faultsOf(() => read(`cuirass: [{url: '${url}', poll: 0.5}]`))).toEqual([
      expect.stringMatching(/^cuirass\.0\.poll: .*1.*; e\.g\. 5$/),
    ]);
  });

  it("refuses a name that two servers have, of either system", () => {
    const flags = {
      lava: ["https://a.example.org", "ci=https://b.example.org"],
      cuirass: ["ci=https://c.example.org"],
    };
    expect(faultsOf(() => readConfig(flags, {}))).toEqual([
      'name: "ci" is given to two servers; each needs a name of its own, e.g. lab2',
    ]);
    // A given name may also be the one that the next server gets by itself.
    expect(faultsOf(() => readConfig({ lava: ["lava2=https://a.example.org", "https://b.example.org"] }, {}))).toEqual([
      'name: "lava2" is given to two servers; each needs a name of its own, e.g. lab2',
    ]);
  });

  it.each([
    ["lava.example.org", "no scheme"],
    ["https://", "no host"],
    ["ftp://lava.example.org", "another scheme"],
    ["https://user@lava.example.org", "a user"],
    ["https://lava.example.org/#top", "a fragment"],
    ["https://lava.example.org/?a=1", "a query"],
  ])("refuses the address %s: %s", (url) => {
    expect(faultsOf(() => readConfig({ lava: [url] }, {}))).toEqual([
      expect.stringMatching(/^lava\.0\.url: is not an http or https address/),
    ]);
  });

  it.each([
    [
      "a file that is not there",
      () => readConfig({ config: join(folder, "nope.yaml") }, {}),
      /can't be read \(ENOENT\)/,
    ],
    ["a file that is not YAML", () => read("lava: ["), /is not YAML: /],
    ["a file that is a list", () => read("- lava"), /must hold a mapping/],
    ["YAML that builds objects", () => read("lava: !!js/function 'x'"), /is not YAML: /],
  ])("refuses %s", (_, run, fault) => {
    expect(faultsOf(run)).toEqual([expect.stringMatching(fault)]);
  });
});
