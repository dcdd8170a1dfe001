/** What the text of a row depends on besides the row itself, and where a socket is. Pure. */

import type { Container, Grouping, Namespace } from '../../agent/protocol';
import { plain, type Translate } from '../base/text';

export interface RowContext {
  readonly grouping: Grouping;
  readonly namespaces: readonly Namespace[];
}

/** True where a socket is in another network namespace than the agent, so that its addresses mean something else. */
export function isElsewhere(netns: number, { namespaces }: RowContext): boolean {
  return namespaces.some((one) => one.netns === netns && !one.own);
}

/** As `ip netns` calls it, by its container, or else its inode number. */
export function namespaceText(t: Translate, netns: number, { namespaces }: RowContext): string {
  const namespace = namespaces.find((one) => one.netns === netns);
  if (namespace?.own) return t('this machine');
  if (namespace?.name) return t('netns {0}', plain(namespace.name, 60));
  if (namespace?.container) return containerText(namespace.container);
  return t('network namespace {0}', String(netns));
}

/** What its runtime calls it, or the short form of its id. */
export function containerText({ name, id }: Container): string {
  return plain(name ?? id.slice(0, 12), 60);
}
