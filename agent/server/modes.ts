/** What the agent program is once its broker is forked. A bundle of its own: all of it takes longer to compile than to fork. */

export { serve } from './serve';
export { direct, observe } from './stdio';
