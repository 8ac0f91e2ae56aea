// The two forms of the steady suites: a short one, which is CI's default, and a long one: `ETNA_STEADY=long`.

/** Whether the long form is asked for. */
export const IS_LONG = process.env.ETNA_STEADY === "long";
