/** Node's own fetch, which is undici, over one kept-alive connection: a request every fifth of a second. Its argument is the port. */

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let ready = false;

for (;;) {
  try {
    const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/`, { signal: AbortSignal.timeout(1000) });
    await answer.text();
    if (!ready) console.log('ready');
    ready = true;
  } catch {
    // the next one may succeed
  }
  await pause(200);
}
