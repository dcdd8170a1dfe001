/** Sentences of the agent name commands of the command line; in the editor, a setting or a button does the same. Pure. */

import type { Translate } from './text';

export function inEditorWords(t: Translate, text: string): string {
  return text
    .replaceAll(
      /sudo sockscope agent (?:serve|restart) --scope all/g,
      t('setting sockscope.agent.scope: all'),
    )
    .replaceAll('sudo sockscope agent serve', t('Start Agent'));
}
