/** The manual page, sockscope(1): for man, in its old macros. */

import { version } from '../../common/version';
import { filterRules, filterTerms } from '../../protocol/filter-words';
import { everySyntax } from '../syntax';
import { needsVerb, optionUsage, type Syntax } from '../syntax/syntax';
import { exitsOf, optionText } from './words';

export function manPage(): string {
  const lines = [
    `.TH SOCKSCOPE 1 "" "sockscope ${version}" "User Commands"`,
    '.SH NAME',
    plain('sockscope - see the sockets of this machine, destroy exactly one, free a port, test reconnects'),
    '.SH SYNOPSIS',
    ...everySyntax()
      .filter((syntax) => !needsVerb(syntax))
      .flatMap((syntax) => [bold('sockscope', syntax.name, syntax.operands), '.br']),
    '.SH DESCRIPTION',
    plain(
      'Shows every TCP and UDP socket with its processes. Without an agent it shows and does what your user may; sudo sockscope agent serve starts one, which does the rest.',
    ),
    '.SH VERBS',
    ...everySyntax().flatMap(verbLines),
    '.SH FILTER TERMS',
    plain(filterRules),
    ...filterTerms.flatMap(([terms, meaning]) => term(terms, meaning)),
    '.SH EXIT STATUS',
    plain('Where a verb names none:'),
    ...exitsOf({}).flatMap(([code, meaning]) => term(code, meaning)),
    '.SH ENVIRONMENT',
    ...term('SUDO_UID', 'As root: the user whose agent is asked. sudo sets it.'),
    ...term(
      'XDG_RUNTIME_DIR, XDG_STATE_HOME',
      'Where next-port keeps reservations, in sockscope/ports; else ~/.local/state. Those of root are in /run/sockscope-ports.',
    ),
    '.SH FILES',
    ...term('/run/sockscope/UID/agent.sock', 'The socket of the agent that serves a user.'),
    ...term('/usr/local/lib/sockscope', 'The copy that agent install makes.'),
    ...term('/var/log/sockscope/audit.log', 'What was done and refused; sockscope log shows it.'),
    '.SH SEE ALSO',
    plain('ss(8), lsof(8), ip-netns(8)'),
  ];
  return `${lines.join('\n')}\n`;
}

function verbLines(syntax: Syntax): string[] {
  const { name, operands, text, options, json } = syntax;
  return [
    `.SS ${plain(`sockscope ${name} ${operands}`.trimEnd())}`,
    plain(text),
    ...Object.entries(options).flatMap(([option, shape]) =>
      term(optionUsage(option, shape), optionText(shape)),
    ),
    ...(json === undefined ? [] : ['.PP', plain(`JSON: ${json}.`)]),
    '.PP',
    plain(
      `Exit status: ${exitsOf(syntax)
        .map(([code, meaning]) => `${code} ${meaning}`)
        .join('; ')}.`,
    ),
  ];
}

function term(what: string, meaning: string): string[] {
  return ['.TP', bold(what), plain(meaning)];
}

/** The last part is plain. */
function bold(what: string, ...more: readonly string[]): string {
  const operands = more.at(-1) ?? '';
  const words = [what, ...more.slice(0, -1)].map(plain).join(' ');
  return `\\fB${words}\\fR ${plain(operands)}`.trimEnd();
}

/** Dashes can be searched for and copied; a line that begins with a dot would be a request. */
function plain(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
