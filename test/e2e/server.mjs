/** The web server of a story: answers each request with its pid. */

import { createServer } from 'node:http';

const port = Number(process.env.PORT);
createServer((_, answer) => answer.end(String(process.pid))).listen(port, () => {
  console.log(`listening on http://localhost:${port}`);
});
