/** Verbs that print files for shells and for man. */

import { verb } from './syntax';

export const shells = ['bash', 'zsh', 'fish'] as const;

export const completion = verb({
  name: 'completion',
  summary: 'prints the completion for a shell',
  operands: shells.join('|'),
  options: {},
  text: 'Prints what completes verbs, options, their values and filter terms. For the shells of today: source <(sockscope completion bash), the same with zsh, or sockscope completion fish | source. For those to come, write it to ~/.local/share/bash-completion/completions/sockscope, to _sockscope in a folder of $fpath, or to ~/.config/fish/completions/sockscope.fish.',
});

export const man = verb({
  name: 'man',
  summary: 'prints the manual page',
  operands: '',
  options: {},
  text: 'Prints the manual page: sockscope man | man -l - shows it. Written to ~/.local/share/man/man1/sockscope.1, man sockscope finds it.',
});
