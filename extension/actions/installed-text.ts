/** Texts about the installed copy of the agent. Pure. */

import type { InstalledCopy } from '../../agent/client/installed-copy';
import { installFolder } from '../../agent/common/installed-files';
import { plain, type Translate, withStop } from '../base/text';
import type { Question } from './destroy-text';

/** `command`: what runs in the terminal. */
export function installQuestion(t: Translate, copy: InstalledCopy, command: string): Question {
  return {
    message: t('Install a copy of the agent that only root can change?'),
    detail: [
      ...presentTexts(t, copy),
      t(
        'Without such a copy, sudo starts the agent from files that your account can write: a program of yours could have changed what root runs.',
      ),
      t(
        'The copy, in {0}, belongs to root: sudo then never runs a file that a program of yours could have changed. It is made of the files of the extension as they are now.',
        installFolder,
      ),
      t('This runs in a terminal:'),
      command,
    ].join('\n\n'),
  };
}

function presentTexts(t: Translate, copy: InstalledCopy): readonly string[] {
  if (copy.kind === 'absent') return [];
  return copy.kind === 'sound'
    ? [t('Version {0} is installed; this one takes its place.', plain(copy.version))]
    : [withStop(t, plain(copy.reason, 500))];
}

/** The copy does not fit, for this reason. `commands`: what runs in the terminal, one after the other. */
export function updateQuestion(
  t: Translate,
  { reason }: { readonly reason: string },
  commands: readonly string[],
): Question {
  return {
    message: withStop(t, plain(reason, 500)),
    detail: [
      t(
        'Update and Start puts this version in its place, made of the files of the extension as they are now, and starts it:',
      ),
      commands.join('\n'),
      t(
        'Start Writable Copy has sudo start the files of the extension this time: a program of yours could have changed them.',
      ),
    ].join('\n\n'),
  };
}
