/** The filter language in words, for help and for models. It imports nothing: help comes without a verb. */

/** Each with what it matches. */
export const filterTerms: readonly (readonly [string, string])[] = [
  [':3000, port:3000,3001', 'the local port'],
  ['remote:5432, remote:10.0.0.5, remote:10.0.0.5:5432', 'the other end'],
  ['addr:10.0.0.5', 'an address at either end'],
  ['pid:42, process:node, user:postgres, container:web', 'who holds it'],
  ['state:established, proto:udp, net:4026531840, cookie:4711', 'the socket'],
];

export const filterRules =
  'Terms must all hold; commas are alternatives; a leading - negates. Words without a key are free text, for list and inspect only.';
