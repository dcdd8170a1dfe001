/** The command that starts the agent. Pure. */

import type { Launch } from '../../agent/client/installed-copy';
import { commandText } from '../../agent/common/command-text';

export interface LaunchOptions {
  readonly scopeAll: boolean;
  readonly readOnly: boolean;
  /** A duration such as `10m`; empty for the agent's own default. */
  readonly idleExit: string;
}

/** Arguments of `serve`. */
export function serveWords({ scopeAll, readOnly, idleExit }: LaunchOptions): readonly string[] {
  return [
    ...(scopeAll ? ['--scope', 'all'] : []),
    ...(readOnly ? ['--read-only'] : []),
    ...(idleExit === '' ? [] : ['--idle-exit', idleExit]),
  ];
}

/** The commands that lead to a running agent, one after the other. */
export function commandsOf(launch: Launch): readonly (readonly string[])[] {
  return launch.kind === 'outdated' ? [launch.command, launch.start] : [launch.command];
}

/** As one types them in a shell. */
export function shellText(commands: readonly (readonly string[])[]): string {
  return commands.map(commandText).join(' && ');
}

/** For root's own terminal, where sudo does not name the user whom the agent serves. */
export function forRoot(command: readonly string[], uid: number): readonly string[] {
  const words = command[0] === 'sudo' ? command.slice(2) : command;
  return ['env', `SUDO_UID=${uid}`, ...(words[0] === 'env' ? words.slice(1) : words)];
}

/**
 * For `sh -c`, with the path of a mark, a hint and the command. After a failure it writes the exit code there, prints the hint and waits for
 * Enter, unless the user pressed Ctrl-C. It ends with code 0 in any case: the workbench would report any other end in a red notification
 * of its own, beside that of the extension.
 */
export const agentScript = `
mark=$1 hint=$2 interrupted=
shift 2
trap 'interrupted=1' INT
"$@"
code=$?
if [ "$code" != 0 ] && [ -z "$interrupted" ]; then
  [ ! -d "\${mark%/*}" ] || echo "$code" > "$mark"
  printf '\\n%s\\n' "$hint"
  read -r _
fi
exit 0`;
