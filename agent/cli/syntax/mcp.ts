/** The verb for language models. */

import { flag, verb } from './syntax';

export const mcp = verb({
  name: 'mcp',
  summary: 'offers tools to language models, over the Model Context Protocol',
  operands: '',
  options: {
    'allow-destructive': flag('Also offers the tools that act, each of which asks'),
    'command-lines': flag('Also gives the command lines of processes: their arguments may be secrets'),
    yes: flag('With --allow-destructive: asks nothing'),
  },
  text: 'Serves a client of the Model Context Protocol on standard input and output, which starts it and ends it: the tools list_sockets and explain_port, and with --allow-destructive free_port, destroy_connection and drill_reconnect. Those show what they would do, and ask, through the client; where it cannot ask its user, they refuse. They reach as far as the verbs of this command, and never start an agent.',
});
