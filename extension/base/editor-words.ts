/** Sentences of the agent in the user's language; where they name commands of the command line, a setting or a button does the same. */

import { withRootCommands } from '../../agent/client/own-words';
import { translateSentence } from './agent-sentences';
import { plain, type Translate, withArrow, withStop } from './text';

export function inEditorWords(t: Translate, text: string): string {
  const scopeAll = t('setting sockscope.agent.scope: all');
  const words: readonly (readonly [RegExp, string])[] = [
    [/sudo sockscope agent (?:serve|restart) --scope all/g, scopeAll],
    [/--scope all/g, scopeAll],
    [/--read-only/g, t('setting sockscope.agent.readOnly')],
    [/sudo sockscope agent serve/g, t('Start Agent')],
    [/sockscope agent stop/g, t('Stop Agent')],
    [/run sockscope doctor(?: to see why)?/g, t('Agent Status shows which engines work')],
    [/it takes --include-listeners, or a row of its own in the editor/g, t('it is chosen by its own row')],
  ];
  const translated = translateSentence(t, text);
  const named = words.reduce((said, [command, word]) => said.replace(command, () => word), translated);
  return withRootCommands(named);
}

/** A sentence of the agent, as a screen shows it: in the editor's words, with one kind of arrow, and a full stop. */
export function forScreen(t: Translate, text: string, maxLength = 600): string {
  const shown = withArrow(plain(inEditorWords(t, text), maxLength));
  return withStop(t, shown);
}
