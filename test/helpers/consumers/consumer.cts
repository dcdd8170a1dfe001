/** The same types work for CommonJS. Never run. */

import { connect, type Sockscope, type SockscopeErrorCode } from 'sockscope/client';

export const open = (): Promise<Sockscope> => connect();
export const absent: SockscopeErrorCode = 'noAgent';
