/** What the kernel's refusals of a request mean to its client. */

import { ErrorCode, protocolError } from '../protocol';
import { KernelRefusal } from './broker-channel';

/** Turns EPERM into denied. */
export function deniedAs(message: string): (error: unknown) => never {
  return refusedAs('EPERM', ErrorCode.denied, message);
}

/** Turns this errno into an error of the protocol. */
export function refusedAs(errno: string, code: ErrorCode, message: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof KernelRefusal && error.errno === errno) throw protocolError(code, message);
    throw error;
  };
}

/** Turns an errno that means "no such thing" into notFound. */
export function goneAs(
  errnos: readonly string[],
  message = 'It no longer exists: list again',
): (error: unknown) => never {
  return (error) => {
    if (error instanceof KernelRefusal && errnos.includes(error.errno))
      throw protocolError(ErrorCode.notFound, message);
    throw error;
  };
}
