/** What verbs are called elsewhere: a newcomer who types that is told the verb, and not one that is spelled alike, which may do harm. */

/** Names of verbs. */
const otherWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    abort: 'destroy',
    close: 'destroy',
    disconnect: 'destroy',
    drop: 'destroy',
    reset: 'destroy',
    kill: 'free',
    'kill-port': 'free',
    release: 'free',
    ls: 'list',
    ps: 'list',
    show: 'list',
    netstat: 'list',
    ss: 'list',
    block: 'outage',
    check: 'doctor',
    run: 'agent serve',
    start: 'agent serve',
    stop: 'agent stop',
    status: 'agent status',
  }),
);

/** The name of the verb that the word means elsewhere. */
export function otherWord(word: string): string | undefined {
  return otherWords.get(word);
}
