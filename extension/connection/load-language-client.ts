import { whyIncomplete } from '../../agent/common/incomplete';
import { StartFailure } from './start-failure';

/** A bundle of its own, which only a connection needs. Rejects with StartFailure where it is missing. */
export async function loadLanguageClient(): Promise<typeof import('./language-client')> {
  try {
    return await import('./language-client');
  } catch (error) {
    const why = whyIncomplete(error);
    throw why === null ? error : new StartFailure(why, 'incomplete');
  }
}
