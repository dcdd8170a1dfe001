/** The command that starts the agent. Pure. */

export interface LaunchOptions {
  readonly scopeAll: boolean;
  readonly readOnly: boolean;
  /** A duration such as `10m`; empty for the agent's own default. */
  readonly idleExit: string;
}

type Command = readonly [string, ...string[]];

export function commandLine(program: string, options: LaunchOptions & { readonly root: boolean }): Command {
  const env = startEnv(program, options);
  return options.root ? ['env', ...env] : ['sudo', '--', 'env', ...env];
}

/** For root's own terminal, where sudo does not name the user whom the agent serves. */
export function commandOfRoot(program: string, options: LaunchOptions, uid: number): Command {
  return ['env', `SUDO_UID=${uid}`, ...startEnv(program, options)];
}

function startEnv(program: string, options: LaunchOptions): readonly string[] {
  return ['ELECTRON_RUN_AS_NODE=1', process.execPath, program, 'serve', ...flags(options)];
}

function flags({ scopeAll, readOnly, idleExit }: LaunchOptions): string[] {
  return [
    ...(scopeAll ? ['--scope', 'all'] : []),
    ...(readOnly ? ['--read-only'] : []),
    ...(idleExit === '' ? [] : ['--idle-exit', idleExit]),
  ];
}

/**
 * For `sh -c`, with the path of a mark, a hint and the command. After a failure it makes the mark, prints the hint and waits for Enter,
 * unless the user pressed Ctrl-C. It ends with code 0 in any case: the workbench would report any other end in a red notification
 * of its own, beside that of the extension.
 */
export const agentScript = `
mark=$1 hint=$2 interrupted=
shift 2
trap 'interrupted=1' INT
if ! "$@" && [ -z "$interrupted" ]; then
  [ ! -d "\${mark%/*}" ] || : > "$mark"
  printf '\\n%s\\n' "$hint"
  read -r _
fi
exit 0`;

/** As one would type it in a POSIX shell. */
export function quoted(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
