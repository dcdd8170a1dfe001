import type { SocketId } from './index';

/** Key of a socket in maps, and id of its rows. */
export function idKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}
