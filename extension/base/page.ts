/** What the pages of webviews have in common. Pure. */

export interface PageSources {
  readonly script: string;
  readonly style: string;
  /** The webview's source for styles in the CSP. */
  readonly cspSource: string;
  readonly nonce: string;
  /** Of the texts, as in `vscode.env.language`. */
  readonly language: string;
}

/** Of its own files, and of no other place. */
export function policy({ cspSource, nonce }: PageSources): string {
  return `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
}

export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
