// The four specifications of the Cuirass sandbox, as /specifications shows them (fixture specifications.http), and
// the packages each of them builds.

interface Channel {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly commit: string | false;
}

/** A specification with the keys, and in the key order, of the wire. */
export interface Specification {
  readonly name: string;
  readonly build: string | { readonly packages: readonly string[] };
  readonly channels: readonly Channel[];
  readonly "build-outputs": readonly {
    readonly job: string;
    readonly type: string;
    readonly output: string;
    readonly path: string;
  }[];
  readonly notifications: readonly (
    | { readonly type: "email"; readonly from: string; readonly to: string; readonly server: string }
    | { readonly type: "mastodon" }
  )[];
  readonly period: number;
  readonly priority: number;
  readonly systems: readonly string[];
}

/** A package as a specification builds it, once for each of its systems. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** 0 to 9; low is urgent. */
  readonly priority: number;
}

const GUIX: Channel = {
  name: "guix",
  url: "https://git.savannah.gnu.org/git/guix.git",
  branch: "master",
  commit: false,
};

/** Sorted by name, like the server's. */
export const SPECIFICATIONS: readonly Specification[] = [
  {
    name: "core-packages-team",
    build: { packages: ["hello", "gcc-toolchain", "emacs"] },
    channels: [GUIX],
    "build-outputs": [],
    notifications: [],
    period: 0,
    priority: 5,
    systems: ["x86_64-linux", "aarch64-linux"],
  },
  {
    name: "guix",
    build: "guix",
    channels: [GUIX],
    "build-outputs": [],
    notifications: [],
    period: 0,
    priority: 0,
    systems: ["x86_64-linux", "i686-linux", "aarch64-linux"],
  },
  {
    name: "images",
    build: "images",
    channels: [
      GUIX,
      { name: "extra-channel", url: "https://git.example.org/extra.git", branch: "master", commit: false },
    ],
    "build-outputs": [
      { job: "iso9660-image.*", type: "iso9660", output: "out", path: "" },
      { job: "qcow2.*", type: "qcow2-image", output: "out", path: "" },
    ],
    notifications: [
      {
        type: "email",
        from: "cuirass@example.org",
        to: "build@example.org",
        server: "sendmail:///usr/bin/sendmail",
      },
      { type: "mastodon" },
    ],
    period: 86_400,
    priority: 1,
    systems: ["x86_64-linux"],
  },
  {
    name: "master",
    build: "all",
    channels: [GUIX],
    "build-outputs": [],
    notifications: [],
    period: 0,
    priority: 9,
    systems: ["x86_64-linux", "i686-linux", "aarch64-linux"],
  },
];

function packages(priority: number, ...names: readonly string[]): Package[] {
  return names.map((full) => {
    const dash = full.lastIndexOf("-");
    return { name: full.slice(0, dash), version: full.slice(dash + 1), priority };
  });
}

const PACKAGES: Readonly<Record<string, readonly Package[]>> = {
  guix: [{ name: "guix", version: "1.4.0-1", priority: 9 }],
  images: [
    ...packages(0, "qcow2-image-1.0", "iso9660-image-1.0"),
    ...packages(5, "docker-image-1.0", "pinebook-pro-image-1.0"),
  ],
  "core-packages-team": packages(
    9,
    ...["hello-2.12.1", "gcc-toolchain-13.2.0", "emacs-29.1", "binutils-2.41", "glibc-2.38", "coreutils-9.4"],
  ),
  master: [
    ...packages(9, "linux-libre-6.6.10", "emacs-minimal-29.1", "u-boot-rockpro64-rk3399-2024.01"),
    ...packages(5, "qemu-8.2.0", "openssl-3.0.8", "dtc-1.7.0", "arm-trusted-firmware-rk3399-2.9"),
    ...packages(0, "hello-2.12.1", "emacs-29.1", "gtk+-3.24.37", "curl-8.5.0", "blender-4.0.2", "ruby-3.2.2"),
    ...packages(0, "python-3.10.7", "git-2.41.0", "go-1.21.5", "rust-1.73.0", "perl-5.36.0", "guile-3.0.9"),
    ...packages(0, "icecat-115.6.0", "sqlite-3.39.3", "vim-9.0.2190", "ghc-9.2.8", "r-minimal-4.3.2"),
    ...packages(0, "coreutils-9.1", "bash-5.1.16", "cmake-3.25.1", "gdb-12.1", "nginx-1.23.3", "postgresql-15.4"),
    ...packages(0, "texlive-2023.66594", "inkscape-1.2.1", "libreoffice-7.6.2.1", "ocaml-5.0.0", "zig-0.10.1"),
  ],
};

/** The packages of a specification; the order never changes. */
export function packagesOf(specification: string): readonly Package[] {
  return PACKAGES[specification] ?? [];
}
