// What every entry point imports first; for the tests this is it.

import "reflect-metadata";
