/** The context that the text of a row depends on besides the row, and names of namespaces and containers. Pure. */

import type { Container, Grouping, Namespace } from '../../agent/protocol';
import { plain, type Translate } from '../base/text';

export interface RowContext {
  readonly grouping: Grouping;
  readonly namespaces: readonly Namespace[];
}

/** True for another network namespace than the agent's, where the same addresses are other places. */
export function isElsewhere(netns: number, { namespaces }: RowContext): boolean {
  return namespaces.some((one) => one.netns === netns && !one.own);
}

/** Its name in `ip netns`, its container, or else its inode number. */
export function namespaceText(t: Translate, netns: number, { namespaces }: RowContext): string {
  const namespace = namespaces.find((one) => one.netns === netns);
  if (namespace?.own) return t('this machine');
  if (namespace?.name) return t('netns {0}', plain(namespace.name, 60));
  if (namespace?.container) return containerText(namespace.container);
  return t('network namespace {0}', String(netns));
}

/** Its name, or the short form of its id. */
export function containerText({ name, id }: Container): string {
  return plain(name ?? id.slice(0, 12), 60);
}
