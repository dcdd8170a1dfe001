/** Where a test's server runs. */

import type { Surroundings } from './programs';

export interface Site {
  readonly port: number;
  /** Its own; belongs to the user. */
  readonly folder: string;
  /** Every user can read it; everybody may share what lies there. */
  readonly shared: string;
  readonly user: NonNullable<Surroundings['user']>;
}
