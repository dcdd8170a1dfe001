/** Where a test's server runs. */

import type { RunOptions } from './programs';

export interface Site {
  readonly port: number;
  /** The server's own folder, which belongs to the user. */
  readonly folder: string;
  /** A folder that every user can read. */
  readonly shared: string;
  readonly user: NonNullable<RunOptions['user']>;
}
