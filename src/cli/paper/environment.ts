// Variables of the environment that the commands read.

export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["ETNA_URL", "the gateway that is asked, where --url is not given"],
  [
    "ETNA_TOKEN",
    "your LAVA token, for commands that ask a gateway; goes over https or loopback only, or with --insecure",
  ],
  ["ETNA_LAVA, ETNA_CUIRASS", "servers of the gateway, in place of the flags: addresses with blanks between"],
  ["ETNA_HOST, ETNA_PORT, ETNA_HOSTS", "where the gateway listens, and by which names it may be asked"],
  ["ETNA_LOG", "the log's level: fatal, error, warn, info, debug, silent"],
  ["NO_COLOR", "no colours when set; there are none where the output is no terminal"],
  ["NODE_EXTRA_CA_CERTS", "a file of certificates that are trusted besides those that Node knows"],
];
