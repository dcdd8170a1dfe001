/** The version of package.json; the bundler inserts it. */
declare const SOCKSCOPE_VERSION: string;

export const version = SOCKSCOPE_VERSION;
