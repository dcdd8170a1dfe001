/** Words for what keeps sudo from starting an agent in this extension host. */

import { ownUid } from '../../agent/client/served-uid';
import type { StartProblem } from '../../agent/client/start-problem';
import { hostFolder, rootPowers } from '../../agent/common/capabilities';
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
      return t(
        'Root lacks {0} in this container, so no agent can start in it. Start one on the host (sudo sockscope agent serve), mount the folder of its socket by this line in devcontainer.json (with your own uid on the host), and rebuild the container.',
        rootPowers().missing.join(', '),
      );
    case 'missing':
      return t('sudo is not installed, or not on PATH. Install it, or run the command as root.');
  }
}

/** For devcontainer.json. */
export function mountLine(): string {
  const folder = hostFolder(ownUid());
  return `"mounts": ["source=${folder},target=${folder},type=bind"]`;
}
