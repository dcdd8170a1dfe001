/** A user's test suite as an ES module: prints its results as JSON. Its argument is a filter. */

import { connect, NoAgentError, SockscopeError } from 'sockscope/client';

const [filter] = process.argv.slice(2);

try {
  const sockscope = await connect();
  const sockets = await sockscope.list(filter);
  const results = await sockscope.destroy(filter);
  const back = await sockscope.waitForReconnect(filter, { within: '10s' });
  sockscope.close();
  console.log(
    JSON.stringify({ found: sockets.length, outcomes: results.map(({ outcome }) => outcome), back }),
  );
} catch (error) {
  const { name, code, message } = error;
  const classes = [error instanceof NoAgentError, error instanceof SockscopeError];
  console.log(JSON.stringify({ name, code, message, classes }));
}
