/** What to do about a file of Sockscope that is missing or damaged. */
export const installAgain = 'Install Sockscope again, or build it with npm run build.';

/** A sentence of cause and one of what to do, where a bundle could not be loaded for this reason; null: the error is another one. */
export function whyIncomplete(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
    const [, name = ''] = /'(.*)'/.exec(error.message) ?? [];
    return `A file of Sockscope is missing: ${name}. ${installAgain}`;
  }
  // Of a file that cannot be compiled, and of no other mistake, the place comes before the name of the error.
  const [, file] = (error instanceof SyntaxError && /^(\/.*\.js):\d+\n/.exec(error.stack ?? '')) || [];
  return file === undefined ? null : `A file of Sockscope is damaged: ${file}. ${installAgain}`;
}
