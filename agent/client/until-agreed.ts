/** Asks before a drill or an outage, and again where what matches has changed before the answer. */

import { agreedTo, ErrorCode, hasCode, limits, type Socket } from '../protocol';

interface Asking<Params> {
  /** What would be cut or held down now. */
  readonly matching: () => Promise<readonly Socket[]>;
  /** False: no. `again`: it is not what the last question was about. */
  readonly confirm: (matching: readonly Socket[], again: boolean) => Promise<boolean>;
  readonly params: Params;
}

interface Agreed {
  readonly agreed: readonly string[];
}

/** Does what was agreed to, and nothing else; null: the user said no. */
export async function untilAgreed<Params, Result>(
  { matching, confirm, params }: Asking<Params>,
  act: (params: Params & Agreed) => Promise<Result>,
): Promise<Result | null> {
  for (let again = false; ; again = true) {
    const connections = await matching();
    const agreed = agreedTo(connections);
    if (agreed.length > limits.agreed)
      throw new Error(`${connections.length} connections match, which are too many to agree to: name fewer`);
    if (!(await confirm(connections, again))) return null;
    try {
      return await act({ ...params, agreed });
    } catch (error) {
      if (!hasCode(error, ErrorCode.changed)) throw error;
    }
  }
}
