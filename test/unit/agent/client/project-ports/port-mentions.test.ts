import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DocumentKind,
  documentKinds,
  portsIn,
} from '../../../../../agent/client/project-ports/port-mentions';

/** The ports of a text, after a check of their positions. */
function found(text: string, kind: DocumentKind): number[] {
  return portsIn(text, kind).map(({ port, start, end }) => {
    assert.equal(text.slice(start, end), String(port));
    return port;
  });
}

const scripts = (command: string) => JSON.stringify({ name: 'x', scripts: { dev: command } }, null, 2);

describe('ports of a document', () => {
  const cases: [kind: DocumentKind, text: string, ports: number[]][] = [
    ['environment', 'PORT=3000', [3000]],
    ['environment', 'export PORT="3000"\nDB_PORT = 5432 # the database\n', [3000, 5432]],
    ['environment', 'port=3000\r\nHOST=x\r\n', [3000]],
    ['environment', 'URL=postgres://me:pw@localhost:5432/db\nAPI=http://[::1]:8080', [5432, 8080]],
    ['package', scripts('PORT=4000 node . && next dev -p 3000'), [4000, 3000]],
    ['package', scripts('vite --port 5173 --host'), [5173]],
    ['package', scripts('set PORT=3001&& http-server -p=8080'), [3001, 8080]],
    ['package', scripts('node --inspect=9230 server.js --http-port=81'), [9230, 81]],
    ['package', scripts('python3 -m http.server 8000'), [8000]],
    ['package', scripts('docker run -p 8080:80 web'), [8080]],
    [
      'compose',
      'services:\n  web:\n    ports:\n      - "3000:80"\n      - 127.0.0.1:8001:8000\n',
      [3000, 8001],
    ],
    ['compose', '  web:\n    ports:\n    - 6060:6060/udp # x 1:2\n    image: web:3000\n', [6060]],
    ['compose', 'ports: ["3000:3000", 8080:80]\n', [3000, 8080]],
    ['compose', `    ports:\n      - "\${PORT:-3000}:\${PORT:-3000}"\n      - "[::1]:81:80"`, [3000, 81]],
    ['compose', '    ports:\n      - target: 80\n        published: "8080"\n        mode: host\n', [8080]],
    ['launch', '{ "type": "node", "port": 9229, "env": { "PORT": "3000" } }', [9229, 3000]],
    [
      'launch',
      '{ "url": "http://localhost:3000/x", "args": ["--port", "8080", "-p", "81"] }',
      [3000, 8080, 81],
    ],
    ['script', 'app.listen(3000, () => {});', [3000]],
    ['script', 'server.listen({ port: 3000, host: "::1" })', [3000]],
    ['script', 'const PORT = 3000, httpPort: number = 8080;', [3000, 8080]],
    ['script', 'const port = Number(process.env.PORT) || 3000;', [3000]],
    ['script', 'const port = process.env.PORT ?? "3000";', [3000]],
    ['script', "fetch('http://127.0.0.1:3000/')", [3000]],
    ['python', 'app.run(host="0.0.0.0", port=5000)', [5000]],
    ['python', 'port: int = int(os.environ.get("PORT", 5000))', [5000]],
    ['python', 'os.getenv("PORT") or 5000', [5000]],
    ['python', 'HTTPServer(("", 8000), Handler); s.bind(("127.0.0.1", 8001))', [8000, 8001]],
    ['go', 'http.ListenAndServe(":8080", nil); port := 9090', [8080, 9090]],
    [
      'ruby',
      "set :port, 4567\nTCPServer.new('localhost', 2000)\nENV.fetch('PORT', 3000)",
      [4567, 2000, 3000],
    ],
    ['php', "$options = ['port' => 8080]; // php -S localhost:8000", [8080, 8000]],
    ['rust', 'const PORT: u16 = 3000; TcpListener::bind("127.0.0.1:7878")?;', [3000, 7878]],
    ['rust', 'SocketAddr::from(([127, 0, 0, 1], 3000))', [3000]],
    ['java', 'new ServerSocket(8080); int serverPort = 8081;', [8080, 8081]],
  ];
  for (const [kind, text, ports] of cases)
    it(`are ${ports.join(', ')} in ${kind}: ${text.replace(/\s+/g, ' ').slice(0, 70)}`, () =>
      assert.deepEqual(found(text, kind), ports));
});

describe('text without ports', () => {
  const anywhere = [
    '"version": "3000.1.2", image: node:3000',
    '2024-03-01 12:30:45, 12:30',
    'fe80::1:3000, [2001:db8::1]:3000, ::1:3000',
    'timeout: 3000, "delay": 3000, retryAfter=3000',
    'PORT_TIMEOUT=3000 SUPPORT=3000 importance: 3000 viewport: 1024 viewPort: 1024 report: 42',
    'PORT=0 PORT=70000 PORT=03000 PORT=3000ms PORT=3000-3010 PORT=3000.5',
    'db.example.com:5432 mylocalhost:3000 10.0.0.5:3000',
    'mkdir -p 2024 && ssh -p 22 me@example.com && ps -p 4242',
    'port == 3000, port >= 1024, "remotePort": 9229, --remote-port 3000, --viewport 3000',
    '-p 3000/tcp, --ports 3000, x-p 3000, --p 3000',
  ];
  for (const text of anywhere)
    it(`has none: ${text}`, () => {
      for (const kind of documentKinds) {
        const whole = kind === 'package' ? JSON.stringify({ scripts: { a: text } }) : text;
        assert.deepEqual(found(whole, kind), [], kind);
      }
    });

  const cases: [kind: DocumentKind, text: string][] = [
    ['environment', '# PORT=3000\n  # localhost:3000'],
    ['environment', 'TIMEOUT=3000\nDATE=2024-03-01\nID=3000'],
    ['package', '{ "version": "3.0.0", "config": { "port": 3000, "url": "localhost:3000" } }'],
    ['package', `{ "scripts": { "a": "echo }" }, "x": "--port 3000" }`],
    ['compose', 'version: "3.8"\nservices:\n  web:\n    environment:\n      - PORT=3000\n'],
    ['compose', '    ports:\n      - "3000"\n      # - "3001:80"\n    expose:\n      - "81:82"\n'],
    ['compose', '    ports:\n      - "9090-9091:8080-8081"\n      - "70000:80"\n'],
    ['python', 's.listen(128); sleep(3000)'],
    ['script', 'setTimeout(listener, 3000); relisten(3000); ports.map((port) => 3000); listen(backlog, 511)'],
    ['script', 'a - p, -p, 3000; portable = 3000; sport = 12'],
    ['go', 'time.Sleep(3000); net.Listen("tcp", addr); x[":a"]'],
  ];
  for (const [kind, text] of cases)
    it(`has none in ${kind}: ${text.replace(/\s+/g, ' ')}`, () => assert.deepEqual(found(text, kind), []));
});

describe('long documents', () => {
  it('are read up to a limit', () => {
    const filler = '// x\n'.repeat(100_000);
    assert.deepEqual(found(`listen(3000)\n${filler}listen(3001)`, 'script'), [3000]);
  });

  it('have at most 50 ports, each as often as it is named', () => {
    const text = Array.from({ length: 70 }, (_, i) => `listen(${3000 + i}); listen(3000);`).join('\n');
    const ports = found(text, 'script');
    assert.equal(new Set(ports).size, 50);
    assert.equal(ports.filter((port) => port === 3000).length, 71);
  });

  it('are read in bounded time, whatever they contain', () => {
    for (const piece of ['port', 'P', '-p ', '[', '"', 'PORT=', '1.1.1.1:', '((', ' ', 'a_'])
      for (const kind of documentKinds)
        portsIn(`ports: "scripts": { ${piece.repeat(200_000 / piece.length)}`, kind);
  });
});
