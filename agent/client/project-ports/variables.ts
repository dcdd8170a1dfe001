/** Variables in a compose file, as docker compose fills them in. Pure. */

type Variables = Readonly<Record<string, string | undefined>>;

/** Of an .env file. */
export function variablesOf(text: string): Variables {
  const lines = text.matchAll(
    /^[ \t]{0,20}(?:export[ \t]{1,20})?(\w{1,60})[ \t]{0,20}=[ \t]{0,20}(["']?)(.{0,200}?)\2[ \t]{0,20}(?:[ \t]#.*)?$/gm,
  );
  return Object.fromEntries([...lines].map(([, name = '', , value = '']) => [name, value]));
}

/** `${PORT}`, `${PORT:-3000}`, `$PORT`; what has neither value nor default stays. Lines stay lines. */
export function filledIn(text: string, variables: Variables): string {
  return text.replace(
    /\$(?:\{(\w{1,60})(?::?-([^}\n]{0,200}))?\}|([A-Za-z_]\w{0,60}))/g,
    (whole: string, braced?: string, byDefault?: string, bare?: string) =>
      variables[braced ?? bare ?? ''] || (byDefault ?? whole),
  );
}
