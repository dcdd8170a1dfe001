/** Node's own fetch, which keeps its connection open after one request, and makes another one for the next. Its argument is the port. */

const answer = await fetch(`http://127.0.0.1:${process.argv[2]}/`);
await answer.text();
console.log('ready');
setInterval(() => {}, 1000);
