/** Words for the codes of a drill's results; files and the command line have the codes. Pure. */

import type { Backoff, Verdict } from '../../../agent/protocol';
import type { Translate } from '../../base/text';

export function verdictWord(t: Translate, verdict: Verdict): string {
  const words: Record<Verdict, () => string> = {
    recovered: () => t('recovered'),
    'partly-recovered': () => t('partly recovered'),
    'gave-up': () => t('gave up'),
    lazy: () => t('no attempt'),
    crashed: () => t('crashed'),
    storm: () => t('storm'),
    spinning: () => t('spinning'),
    unaffected: () => t('unaffected'),
    missed: () => t('missed'),
    denied: () => t('denied'),
    unknown: () => t('not known'),
  };
  return words[verdict]();
}

export function backoffWord(t: Translate, kind: Backoff['kind']): string {
  const words: Record<Backoff['kind'], () => string> = {
    none: () => t('none'),
    constant: () => t('constant'),
    linear: () => t('linear'),
    exponential: () => t('exponential'),
    unclear: () => t('unclear'),
  };
  return words[kind]();
}
