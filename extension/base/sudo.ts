/** Words for what keeps sudo from starting an agent in this extension host. */

import { ownUid } from '../../agent/client/served-uid';
import { installElsewhere, type StartProblem } from '../../agent/client/start-problem';
import { hostFolder, rootPowers } from '../../agent/common/capabilities';
import { hasAllUids } from '../../agent/common/user-namespace';
import type { Translate } from './text';

export function isRoot(): boolean {
  return ownUid() === 0;
}

/** A sentence for the view and for questions. */
export function startProblemReason(t: Translate, problem: StartProblem): string {
  switch (problem) {
    case 'barred':
      return t('sudo cannot start it from this editor (no_new_privs).');
    case 'contained':
      return t('None can start in this container: root lacks {0}.', rootPowers().missing.join(', '));
    case 'closed':
      return t('sudo cannot start it from here: root may not read its files.');
    case 'missing':
      return t('sudo, which would start it, is not installed.');
  }
}

/** What to do. */
export function startProblemAdvice(t: Translate, problem: StartProblem): string {
  switch (problem) {
    case 'barred':
      return t(
        'sudo cannot work here: this editor was started with no_new_privs, as its Relaunch button and some sandboxes and containers do. Quit the editor and start it again from a menu or terminal, or run the command in a terminal outside.',
      );
    case 'contained':
      if (!hasAllUids())
        return t(
          "Root lacks {0} in this container, whose user namespace hides whose the host's files are, so no agent can be used in it. Open the folder on the host instead.",
          rootPowers().missing.join(', '),
        );
      return t(
        'Root lacks {0} in this container, so no agent can start in it. Start one on the host, mount the folder of its socket by this line in devcontainer.json (with your own uid on the host), and rebuild the container.',
        rootPowers().missing.join(', '),
      );
    case 'closed':
      return t(
        'Root may not read where the editor or this extension lies (an AppImage, sshfs), so sudo cannot start the agent from there. The command installs a copy that only root can change, which sudo starts from then on; it needs Node.js 20 or newer.',
      );
    case 'missing':
      return t('sudo is not installed, or not on PATH. Install it, or run the command as root.');
  }
}

/** What to run, or to write where, in the place of `command`. Undefined: nothing helps. */
export function copyOf(t: Translate, command: string, problem?: StartProblem): Copied | undefined {
  const run = { title: t('Copy Command'), notice: t('Copied. Run it, and then try again.') };
  if (problem === 'closed') return { ...run, text: installElsewhere() };
  if (problem !== 'contained') return { ...run, text: command };
  if (!hasAllUids()) return undefined;
  return {
    title: t('Copy Line'),
    text: mountLine(),
    notice: t('Copied. Put it into devcontainer.json, and rebuild the container.'),
  };
}

export interface Copied {
  /** Of the button. */
  readonly title: string;
  readonly text: string;
  /** For the notification. */
  readonly notice: string;
  /** Trying again is more likely to help. */
  readonly isSecond?: true;
}

/** For devcontainer.json. By --volume and not by --mount, docker makes the folder where no agent has run yet. */
function mountLine(): string {
  const folder = hostFolder(ownUid());
  return `"runArgs": ["--volume=${folder}:${folder}"]`;
}
