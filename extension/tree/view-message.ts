/** The message above the tree, as short as possible. Pure. */

import type { Grouping, LeftOut, Show } from '../../agent/protocol';
import { numberText, plain, type Translate } from '../base/text';

interface Message {
  readonly show: Show;
  readonly filter: string;
  readonly shown: number;
  readonly hidden: number;
  readonly leftOut: LeftOut;
  /** A failure, or a hint for the user; null: neither. */
  readonly warning: string | null;
}

/** Undefined where everything is shown and there is no warning. */
export function messageText(t: Translate, message: Message): string | undefined {
  const lines = [message.warning, contentText(t, message), leftOutText(t, message.leftOut)].filter(
    (line) => line !== null,
  );
  return lines.length > 0 ? lines.join(' ') : undefined;
}

/** True where the rows below may move: where it comes, goes or may take another number of lines. Other digits take as much room. */
export function movesRows(before: string | undefined, after: string | undefined): boolean {
  return withoutDigits(before) !== withoutDigits(after);
}

function withoutDigits(text = ''): string {
  return text.replace(/\d/g, '0');
}

/** `Mine: 12 of 252 sockets.` */
function contentText(t: Translate, { show, filter, shown, hidden }: Message): string | null {
  if (show === 'everything' && filter === '') return null;
  const what = [showText(t, show), ...(filter === '' ? [] : [t('filter {0}', plain(filter))])].join(', ');
  if (hidden === 0) return t('{0}: {1}.', what, countText(t, shown));
  return t('{0}: {1} of {2}.', what, numberText(shown), countText(t, shown + hidden));
}

/** What the list lacks, and why. */
function leftOutText(t: Translate, { sockets, owners }: LeftOut): string | null {
  if (sockets + owners === 0) return null;
  if (owners === 0) return t('{0} more are not listed: their users have too many.', countText(t, sockets));
  if (sockets === 0)
    return t('Not all owners are listed, {0} are missing: some sockets have too many.', numberText(owners));
  return t(
    '{0} more and {1} owners are not listed: their users have too many.',
    countText(t, sockets),
    numberText(owners),
  );
}

export function countText(t: Translate, count: number): string {
  return count === 1 ? t('1 socket') : t('{0} sockets', numberText(count));
}

/** `3 sockets match. Show leaves out 2 more.` */
export function matchText(
  t: Translate,
  { shown, hidden }: { readonly shown: number; readonly hidden: number },
): string {
  const matching = shown === 1 ? t('1 socket matches.') : t('{0} sockets match.', numberText(shown));
  return hidden === 0 ? matching : `${matching} ${t('Show leaves out {0} more.', numberText(hidden))}`;
}

export function showText(t: Translate, show: Show): string {
  const words: Record<Show, () => string> = {
    workspace: () => t('This Workspace'),
    mine: () => t('Mine'),
    everything: () => t('Everything'),
  };
  return words[show]();
}

export function showDetail(t: Translate, show: Show): string {
  const words: Record<Show, () => string> = {
    workspace: () =>
      t("Started by this window's terminals, tasks or debug sessions, or working in its folders"),
    mine: () => t('Of your processes; without a process, on ports where yours are or were seen'),
    everything: () => t('Every socket of this machine, in every network namespace'),
  };
  return words[show]();
}

export function groupingText(t: Translate, grouping: Grouping): string {
  const words: Record<Grouping, () => string> = {
    process: () => t('Process'),
    port: () => t('Port'),
    remote: () => t('Remote'),
    container: () => t('Container'),
    state: () => t('State'),
  };
  return words[grouping]();
}

export function groupingDetail(t: Translate, grouping: Grouping): string {
  const words: Record<Grouping, () => string> = {
    process: () => t('Owner'),
    port: () => t('Local port, listening ones first'),
    remote: () => t('Remote address'),
    container: () => t('Container, or else network namespace'),
    state: () => t('TCP state'),
  };
  return words[grouping]();
}
