/** Filters of requests. */

import { ErrorCode, type Filter, type ParsedFilter, protocolError } from '../protocol';

/** Throws invalidFilter. */
export function accepted(parsed: ParsedFilter): Filter {
  if (parsed.ok) return parsed.filter;
  throw protocolError(ErrorCode.invalidFilter, parsed.message);
}
