/** The command of the installed copy. Pure. */

import { dirname, join } from 'node:path';
import { hashList, installFolder } from '../../common/installed-files';
import { withFoldersAbove } from '../../common/root-only';
import { StartExit } from '../../common/start-exit';

/**
 * A shell script: what checks the copy belongs to the system, and so is not part of what may have been altered. Ownership and modes
 * keep others from changing anything; the hash list finds what root, a failing disk or an interrupted copy has changed. `searched`:
 * folders elsewhere in which the runtime looks for libraries before it finds them.
 */
export function launcherText(runtime: string, searched: readonly string[] = []): string {
  const above = new Set([...withFoldersAbove(dirname(installFolder)), ...withFoldersAbove(runtime)]);
  const outside = [...above].filter(
    (path) => path !== installFolder && !path.startsWith(`${installFolder}/`),
  );
  const more = searched.flatMap(withFoldersAbove).filter((path) => !above.has(path));
  return `#!/bin/sh
# Sockscope, as "sockscope agent install" has put it here. As root, it starts only what root alone can change and what is as it was
# installed, and passes nothing of the environment on that could make the runtime load anything else.
copy=${quoted(installFolder)}
runtime=${quoted(runtime)}
program=${quoted(join(installFolder, 'sockscope.js'))}
export ELECTRON_RUN_AS_NODE=1

refuse() {
  printf 'sockscope: %s: nothing was started. Install Sockscope again, from a source that you trust\\n' "$1" >&2
  exit ${StartExit.refused}
}
user=$(/usr/bin/id -u) || refuse "Who starts it cannot be found by /usr/bin/id"
[ "$user" = 0 ] || exec "$runtime" "$program" "$@"

PATH=/usr/sbin:/usr/bin:/sbin:/bin
# The words of their answers have languages, their libraries variables of their own; and root may not enter the present folder.
plain() {
  env -i PATH="$PATH" LC_ALL=C "$@"
}
[ -x "$runtime" ] || refuse "The JavaScript runtime $runtime is gone"

changeable() {
  (cd / && plain find "$@" '(' ! -user 0 -o -perm /022 -o -type l ')')
}
found=$(changeable ${outside.map(quoted).join(' ')} -maxdepth 0 && changeable "$copy") ||
  refuse "$copy and what lies above it cannot be checked"
${more.length === 0 ? '' : searchedText(more)}[ -z "$found" ] || refuse "Others than root can change $(printf '%s\\n' "$found" | head -n 1)"

intact=$(cd "$copy" && plain sha256sum -c ${hashList} 2>/dev/null | grep -c ': OK$')
listed=$(cat "$copy/${hashList}" 2>/dev/null | wc -l)
files=$(cd / && plain find "$copy" -type f ! -path "$copy/${hashList}" | wc -l)
[ "$intact" -eq "$listed" ] && [ "$intact" -eq "$files" ] || refuse "The files in $copy are not those that were installed"

exec env -i PATH="$PATH" HOME=/root ELECTRON_RUN_AS_NODE=1 \\
${kept.map((name) => `  \${${name}+"${name}=$${name}"} \\`).join('\n')}
  "$runtime" "$program" "$@"
`;
}

/** What is missing there, only root can make, unless it has let others do so since. */
function searchedText(folders: readonly string[]): string {
  return `# Where the runtime looks for libraries first, as far as it is there.
[ -n "$found" ] || found=$(changeable ${[...new Set(folders)].map(quoted).join(' ')} -maxdepth 0 2>/dev/null)
`;
}

/** Whom sudo serves, the terminal, and the socket that systemd hands over. */
const kept = ['SUDO_UID', 'TERM', 'LISTEN_PID', 'LISTEN_FDS'];

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
