/** The version of package.json, put in by the bundler. */
declare const SOCKSCOPE_VERSION: string;

export const version = SOCKSCOPE_VERSION;
