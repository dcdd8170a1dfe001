import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { portInCommand, showsOldText } from '../../../../extension/ports/in-use/in-use-command';
import { type InUseNotice, InUseOnce } from '../../../../extension/ports/in-use/in-use-once';
import { InUseReader } from '../../../../extension/ports/in-use/in-use-reader';
import { complaintIn } from '../../../../extension/ports/in-use/in-use-text';

/** Every detected port once, UDP ports as `53/udp`. */
function found(output: string, command = '', pieces = [output]): readonly string[] {
  const reader = new InUseReader(command);
  const ports = [...pieces.flatMap((piece) => reader.read(piece)), ...reader.pause()];
  return [...new Set(ports.map(({ port, protocol }) => (protocol === 'udp' ? `${port}/udp` : `${port}`)))];
}

const nodeError = `node:events:496
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)
    at listenInCluster (node:net:1965:12)
    at Server.listen (node:net:2067:7)
    at Object.<anonymous> (/srv/app/server.js:12:8)
    at node:internal/main/run_main_module:28:49
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1944:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '::',
  port: 3000
}

Node.js v20.18.1
`;

const httpServer = `Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "<frozen runpy>", line 88, in _run_code
  File "/usr/lib/python3.11/http/server.py", line 1313, in <module>
    test(
  File "/usr/lib/python3.11/socketserver.py", line 456, in __init__
    self.server_bind()
  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind
    self.socket.bind(self.server_address)
OSError: [Errno 98] Address already in use
`;

/** Output of programs: name, output, port, and the command if only that contains the port. */
const outputs: readonly (readonly [name: string, output: string, port: string, command?: string])[] = [
  ['Node', nodeError, '3000'],
  ['Node, old', 'Error: listen EADDRINUSE :::3000\n    at Object._errnoException (util.js:992:11)', '3000'],
  ['Node, one address', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8081', '8081'],
  ['Node, IPv6', 'Error: listen EADDRINUSE: address already in use ::1:8082', '8082'],
  ['Node, a name', 'Error: listen EADDRINUSE: address already in use localhost:8083', '8083'],
  ['Node, only its object', "{\n  code: 'EADDRINUSE',\n  syscall: 'listen',\n  port: 4001\n}\n", '4001'],
  ['Node, dgram', 'Error: bind EADDRINUSE 0.0.0.0:41234\n    at node:dgram:364:20', '41234/udp'],
  [
    'Node, pino',
    '{"level":50,"err":{"type":"Error","code":"EADDRINUSE","port":3010,"address":"::"}}',
    '3010',
  ],
  ['Bun', 'error: Failed to start server. Is port 3000 in use?\n syscall: "listen",\n', '3000'],
  [
    'Deno',
    'error: Uncaught (in promise) AddrInUse: Address already in use (os error 98)',
    '8001',
    'deno serve --port 8001 main.ts',
  ],
  [
    'Vite',
    'error when starting dev server:\nError: Port 5173 is already in use\n    at Server.onError',
    '5173',
  ],
  ['Vite, coloured', 'Port \x1b[1m5173\x1b[22m is in use, trying another one...', '5173'],
  ['Next.js', ' \x1b[33m⚠\x1b[39m Port 3000 is in use, trying 3001 instead.', '3000'],
  ['Next.js 15', ' ⚠ Port 3000 is in use by process 812, using available port 3001 instead.', '3000'],
  [
    'Next.js, a port of choice',
    ' ⨯ Failed to start server\nError: listen EADDRINUSE: address already in use :::3005',
    '3005',
  ],
  [
    'webpack-dev-server',
    '<e> [webpack-dev-server] Error: listen EADDRINUSE: address already in use 127.0.0.1:8080',
    '8080',
  ],
  ['Create React App', 'Something is already running on port 3000.', '3000'],
  ['Angular', "Port 4200 is already in use. Use '--port' to specify a different port.", '4200'],
  [
    'Storybook',
    '? Port 6006 is not available. Would you like to run Storybook on port 6007 instead? › (Y/n)',
    '6006',
  ],
  ['Python http.server', httpServer, '8000', 'python3 -m http.server 8000'],
  ['Python http.server, its own port', httpServer, '8000', 'python3 -m http.server'],
  ['Python http.server, another', httpServer, '9000', 'python3 -m http.server --bind 127.0.0.1 9000'],
  [
    'asyncio',
    "OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 8080): address already in use",
    '8080',
  ],
  [
    'asyncio, IPv6',
    "OSError: [Errno 98] error while attempting to bind on address ('::1', 8080, 0, 0): [errno 98] address already in use",
    '8080',
  ],
  [
    'uvicorn',
    "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use",
    '8000',
  ],
  [
    'uvicorn --reload',
    'ERROR:    [Errno 98] Address already in use',
    '8010',
    'uvicorn app:app --reload --port 8010',
  ],
  [
    'gunicorn',
    "[2026-11-02 10:15:01 +0000] [91] [ERROR] Connection in use: ('127.0.0.1', 8000)\n[2026-11-02 10:15:01 +0000] [91] [ERROR] Retrying in 1 second.",
    '8000',
  ],
  [
    'Flask',
    'Address already in use\nPort 5000 is in use by another program. Either identify and stop that program, or start the server with a different port.',
    '5000',
  ],
  [
    'Django',
    'Watching for file changes with StatReloader\nPerforming system checks...\n\nStarting development server at http://127.0.0.1:8042/\nQuit the server with CONTROL-C.\n\nError: That port is already in use.',
    '8042',
    'python manage.py runserver 8042',
  ],
  [
    'Django, from what it said before',
    'Starting development server at http://127.0.0.1:8043/\nQuit the server with CONTROL-C.\n\nError: That port is already in use.',
    '8043',
    './run',
  ],
  ['Go', '2026/11/02 10:15:01 listen tcp :8080: bind: address already in use\nexit status 1', '8080'],
  [
    'Go, with the place in its code',
    '2026/11/02 10:15:01 main.go:12: listen tcp :8080: bind: address already in use',
    '8080',
  ],
  ['Go, IPv6', 'panic: listen tcp6 [::1]:8080: bind: address already in use', '8080'],
  ['Go, UDP', 'listen udp :5353: bind: address already in use', '5353/udp'],
  ['Gin', '[GIN-debug] [ERROR] listen tcp :8080: bind: address already in use', '8080'],
  [
    'Java',
    'Exception in thread "main" java.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n\tat java.base/sun.nio.ch.Net.bind(Net.java:565)',
    '8085',
    'java Server 8085',
  ],
  [
    'Jetty',
    'java.io.IOException: Failed to bind to 0.0.0.0/0.0.0.0:8090\n\tat org.eclipse.jetty.server.ServerConnector.open(ServerConnector.java:349)\nCaused by: java.net.BindException: Address already in use',
    '8090',
  ],
  [
    'Spring Boot',
    '***************************\nAPPLICATION FAILED TO START\n***************************\n\nDescription:\n\nWeb server failed to start. Port 8080 was already in use.\n\nAction:\n\nIdentify and stop the process that is listening on port 8080 or configure this application to listen on another port.',
    '8080',
  ],
  [
    'Spring Boot with Tomcat',
    'The Tomcat connector configured to listen on port 8080 failed to start. The port may already be in use or the connector may be misconfigured.',
    '8080',
  ],
  [
    'Quarkus',
    'ERROR: Port 8080 seems to be in use by another process. Quarkus may already be running or the port is used by another application.',
    '8080',
  ],
  [
    'Puma',
    `/usr/lib/ruby/gems/3.1.0/gems/puma-6.4.2/lib/puma/binder.rb:334:in 'initialize': Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)`,
    '3000',
  ],
  [
    'Rails',
    '=> Booting Puma\n=> Rails 7.1.3 application starting in development\nExiting\n/usr/lib/ruby/3.1.0/socket.rb:201:in `listen\': Address already in use - bind(2) for "::1" port 3000 (Errno::EADDRINUSE)',
    '3000',
  ],
  ['Jekyll', 'jekyll 4.3.2 | Error:  Address already in use - bind(2) for 127.0.0.1:4000', '4000'],
  [
    'PHP',
    '[Mon Nov  2 10:15:01 2026] Failed to listen on localhost:8000 (reason: Address already in use)',
    '8000',
  ],
  [
    'PHP, streams',
    'PHP Warning:  stream_socket_server(): Unable to connect to tcp://0.0.0.0:9501 (Address already in use) in /srv/a.php on line 3',
    '9501',
  ],
  [
    'Rust',
    `thread 'main' panicked at src/main.rs:5:46:\ncalled \`Result::unwrap()\` on an \`Err\` value: Os { code: 98, kind: AddrInUse, message: "Address already in use" }\nnote: run with \`RUST_BACKTRACE=1\``,
    '7878',
    'cargo run -- 127.0.0.1:7878',
  ],
  [
    'Rust, old',
    `thread 'main' panicked at 'called \`Result::unwrap()\` on an \`Err\` value: Os { code: 98, kind: AddrInUse, message: "Address already in use" }', src/main.rs:80:10`,
    '7879',
    'target/debug/app --listen=:7879',
  ],
  [
    'hyper',
    'error binding to 127.0.0.1:3030: error creating server listener: Address already in use (os error 98)',
    '3030',
  ],
  [
    'Kestrel',
    'Unhandled exception. System.IO.IOException: Failed to bind to address http://127.0.0.1:5000: address already in use.\n ---> Microsoft.AspNetCore.Connections.AddressInUseException: Address already in use',
    '5000',
  ],
  ['Kestrel, IPv6', 'Failed to bind to address https://[::]:5001: address already in use.', '5001'],
  ['nginx', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)', '80'],
  [
    'nginx, IPv6',
    '2026/11/02 10:15:01 [emerg] 512#512: bind() to [::]:8088 failed (98: Address already in use)',
    '8088',
  ],
  ['Apache', '(98)Address already in use: AH00072: make_sock: could not bind to address [::]:8089', '8089'],
  [
    'docker',
    'docker: Error response from daemon: driver failed programming external connectivity on endpoint web (8c1f0e): Bind for 0.0.0.0:8080 failed: port is already allocated.',
    '8080',
  ],
  [
    'docker, its proxy',
    'Error response from daemon: Ports are not available: exposing port TCP 0.0.0.0:8080 -> 127.0.0.1:0: listen tcp4 0.0.0.0:8080: bind: address already in use.',
    '8080',
  ],
  [
    'docker 28',
    'failed to set up container networking: driver failed programming external connectivity on endpoint web: failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use',
    '8080',
  ],
  ['podman', 'Error: rootlessport listen tcp 0.0.0.0:8080: bind: address already in use', '8080'],
  [
    'podman, as root',
    'Error: cannot listen on the TCP port: listen tcp4 :8080: bind: address already in use',
    '8080',
  ],
  [
    'podman with pasta',
    "Error: pasta failed with exit code 1:\nFailed to bind port 8080 (Address already in use) for option '-t 8080-8080:80-80', exiting",
    '8080',
  ],
  [
    'Redis',
    '512:M 02 Nov 2026 10:15:01.123 # Warning: Could not create server TCP listening socket *:6379: bind: Address already in use',
    '6379',
  ],
  [
    'PostgreSQL',
    '2026-11-02 10:15:01.123 UTC [512] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\n2026-11-02 10:15:01.123 UTC [512] HINT:  Is another postmaster already running on port 5433? If not, wait a few seconds and retry.',
    '5433',
  ],
  [
    'MySQL',
    "[ERROR] Can't start server: Bind on TCP/IP port: Address already in use\n[ERROR] Do you already have another mysqld server running on port: 3306 ?",
    '3306',
  ],
  [
    'Phoenix',
    '[error] Failed to start Ranch listener App.Endpoint.HTTP in :ranch_tcp:listen([cipher_suites: nil, port: 4000]) for reason :eaddrinuse (address already in use)',
    '4000',
  ],
  [
    'ssh -L',
    'bind [127.0.0.1]:8443: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 8443',
    '8443',
  ],
  [
    'kubectl',
    'Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use]',
    '8080',
  ],
  [
    'mongod',
    '{"t":{"$date":"2026-11-02T10:15:01.123+00:00"},"s":"E",  "c":"CONTROL",  "id":20568,   "ctx":"initandlisten","msg":"Error setting up listener","attr":{"error":{"code":9001,"codeName":"SocketException","errmsg":"Address already in use"}}}\n{"t":{"$date":"2026-11-02T10:15:01.124+00:00"},"s":"I",  "c":"NETWORK",  "id":23017,   "ctx":"listener","msg":"removing socket file","attr":{"path":"/tmp/mongodb-27018.sock"}}',
    '27018',
    'mongod --dbpath data --port 27018',
  ],
  [
    'mongod on its own port',
    '2026-11-02T10:15:01.123+0000 E STORAGE  [initandlisten] Failed to set up listener: SocketException: Address already in use',
    '27017',
    'mongod --dbpath data',
  ],
  ['TensorBoard', 'ERROR: TensorBoard could not bind to port 6006, it was already in use', '6006'],
  [
    'Quarkus, an exception',
    'Caused by: io.quarkus.runtime.QuarkusBindException: Port(s) already bound: 8081: Address already in use',
    '8081',
  ],
  [
    'Quarkus in tests',
    'java.lang.RuntimeException: io.quarkus.runtime.QuarkusBindException: Port already bound: 8081',
    '8081',
  ],
  [
    'Micronaut',
    '10:15:01.123 [main] ERROR io.micronaut.runtime.Micronaut - Error starting Micronaut server: Unable to start Micronaut server on *:8086\nio.micronaut.http.server.exceptions.ServerStartupException: Unable to start Micronaut server on *:8086\n\tat io.micronaut.http.server.netty.NettyHttpServer.bind(NettyHttpServer.java:622)\nCaused by: java.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)',
    '8086',
  ],
  [
    'Expo',
    '› Port 8081 is running my-app in another window\n  /srv/my-app (pid 4711)\n? Use port 8082 instead? › (Y/n)',
    '8081',
  ],
  [
    'Expo, beside another program',
    '› Port 8081 is being used by another process\n? Use port 8082 instead? › (Y/n)',
    '8081',
  ],
  ['Metro', 'error listen EADDRINUSE: address already in use :::8081.', '8081'],
  [
    'mysqld without its X protocol',
    "2026-11-02T10:15:01.123456Z 0 [ERROR] [MY-010262] [Server] Can't start server: Bind on TCP/IP port: Address already in use\n2026-11-02T10:15:01.123460Z 0 [ERROR] [MY-010257] [Server] Do you already have another mysqld server running on port: 3307 ?",
    '3307',
  ],
  [
    'MariaDB',
    "2026-11-02 10:15:01 0 [ERROR] Can't start server: Bind on TCP/IP port. Got error: 98: Address already in use\n2026-11-02 10:15:01 0 [ERROR] Do you already have another server running on port: 3306 ?",
    '3306',
  ],
  [
    'a worker of a Node cluster',
    'Error: bind EADDRINUSE null:3000\n    at listenOnPrimaryHandle (node:net:1970:18)',
    '3000',
  ],
  [
    'Nuxt',
    '[get-port] Unable to find an available port (tried 3000 on host "localhost"). Using alternative port 3001.',
    '3000',
  ],
  ['Parcel', 'Server running at http://localhost:33667 (configured port 1234 could not be used.)', '1234'],
  [
    'Meteor',
    "Can't listen on port 3000. Perhaps another Meteor is running?\n\nIf something else is using port 3000, you can\nspecify an alternative port with --port <port>.",
    '3000',
  ],
  ['json-server', 'Cannot bind to the port 3004. Please specify another port number', '3004'],
  [
    'Firebase emulators',
    '⚠  firestore: Port 8080 is not open on localhost (127.0.0.1,::1), could not start Firestore Emulator.',
    '8080',
  ],
  [
    'Wrangler',
    'Address already in use (127.0.0.1:8787). Please check that you are not already running a server on this address or specify a different port with --port.',
    '8787',
  ],
  [
    'Jupyter',
    '[I 2026-11-02 10:15:01.123 ServerApp] The port 8888 is already in use, trying another port.',
    '8888',
  ],
  [
    'Gradio',
    'OSError: Cannot find empty port in range: 7860-7860. You can specify a different port by setting the GRADIO_SERVER_PORT environment variable',
    '7860',
  ],
  [
    'Twisted',
    "twisted.internet.error.CannotListenError: Couldn't listen on any:8088: [Errno 98] Address already in use.",
    '8088',
  ],
  [
    'gRPC in Python',
    'RuntimeError: Failed to bind to address [::]:50051; set GRPC_VERBOSITY=debug environment variable to see detailed error message.',
    '50051',
  ],
  [
    'gRPC',
    `E0000 00:00:1793614501.123456 512 chttp2_server.cc:1045] UNKNOWN:No address added out of total 1 resolved for '[::]:50051' {children:[UNKNOWN:Unable to configure socket {fd:8, children:[UNKNOWN:Address already in use {errno:98, syscall:"bind"}]}]}`,
    '50051',
  ],
  [
    'Tomcat, its shutdown port',
    'SEVERE [main] org.apache.catalina.core.StandardServer.await Failed to create server shutdown socket on address [localhost] and port [8005] (base port [8005] and offset [0])\n\tjava.net.BindException: Address already in use',
    '8005',
  ],
  [
    'Tomcat',
    'SEVERE [main] org.apache.catalina.util.LifecycleBase.handleSubClassException Failed to initialize component [Connector["http-nio-8090"]]\n\torg.apache.catalina.LifecycleException: Protocol handler initialization failed\n\tCaused by: java.net.BindException: Address already in use',
    '8090',
  ],
  ['WildFly', 'Caused by: java.net.BindException: Address already in use /0.0.0.0:8080', '8080'],
  [
    'GlassFish',
    'There is a process already using the admin port 4848 -- it probably is another instance of a GlassFish server.',
    '4848',
  ],
  [
    'Minecraft',
    '[10:15:01] [Server thread/INFO]: Starting Minecraft server on *:25565\n[10:15:01] [Server thread/WARN]: **** FAILED TO BIND TO PORT!\n[10:15:01] [Server thread/WARN]: The exception was: java.net.BindException: Address already in use\n[10:15:01] [Server thread/WARN]: Perhaps a server is already running on that port?',
    '25565',
  ],
  [
    'Kafka',
    'org.apache.kafka.common.KafkaException: Socket server failed to bind to 0.0.0.0:9092: Address already in use.',
    '9092',
  ],
  [
    'Cassandra',
    'org.apache.cassandra.exceptions.ConfigurationException: localhost/127.0.0.1:7000 is in use by another process.  Change listen_address:storage_port in cassandra.yaml to values that do not conflict with other services',
    '7000',
  ],
  [
    'RabbitMQ',
    'ERROR: could not bind to distribution port 25672, it is in use by another node: rabbit@box',
    '25672',
  ],
  [
    'RabbitMQ, its listener',
    'Failed to start Ranch listener {acceptor,{0,0,0,0,0,0,0,0},5672} in ranch_tcp:listen([{port,5672},inet6]) for reason eaddrinuse (address already in use)',
    '5672',
  ],
  [
    'HAProxy',
    '[ALERT]    (512) : Starting frontend web: cannot bind socket (Address already in use) [0.0.0.0:8080]',
    '8080',
  ],
  ['lighttpd', "(network.c.311) can't bind to socket: 0.0.0.0:8081 Address already in use", '8081'],
  [
    'Caddy',
    'Error: loading initial config: loading new config: http app module: start: listening on :2015: listen tcp :2015: bind: address already in use',
    '2015',
  ],
  [
    'Memcached',
    'bind(): Address already in use\nfailed to listen on TCP port 11211: Address already in use',
    '11211',
  ],
  ['sshd', 'error: Bind to port 2222 on 0.0.0.0 failed: Address already in use.', '2222'],
  [
    'socat',
    '2026/11/02 10:15:01 socat[512] E bind(5, {AF=2 0.0.0.0:8080}, 16): Address already in use',
    '8080',
  ],
  [
    'Dart',
    'SocketException: Failed to create server socket (OS Error: Address already in use, errno = 98), address = 0.0.0.0, port = 8080',
    '8080',
  ],
  ['Crystal', "Could not bind to '0.0.0.0:3000': Address already in use (Socket::BindError)", '3000'],
  [
    'Bandit',
    '[error] Running AppWeb.Endpoint with Bandit 1.5.7 at http failed, port 4000 already in use',
    '4000',
  ],
  ['netcat', 'nc: Address already in use', '8082', 'nc -lvp 8082'],
  [
    'iperf3',
    'iperf3: error - unable to start listener for connections: Address already in use',
    '5201',
    'iperf3 -s',
  ],
];

describe('a port in use in the output of programs', () => {
  for (const [name, output, port, command] of outputs)
    it(`is detected in the output of ${name}`, () => assert.deepEqual(found(output, command), [port]));

  it('is each of two that a mysqld lacks', () => {
    const output = `2026-11-02T10:15:01.123456Z 0 [ERROR] [MY-011300] [Server] Plugin mysqlx reported: 'Setup of bind-address: '*' port: 33060 failed, \`bind()\` failed with error: Address already in use (98). Do you already have another mysqld server running with Mysqlx ?'
2026-11-02T10:15:01.123457Z 0 [ERROR] [MY-010262] [Server] Can't start server: Bind on TCP/IP port: Address already in use
2026-11-02T10:15:01.123460Z 0 [ERROR] [MY-010257] [Server] Do you already have another mysqld server running on port: 3306 ?
`;
    assert.deepEqual(found(output, 'mysqld'), ['33060', '3306']);
  });

  it('is detected in pieces of any size, with colours', () => {
    const coloured = nodeError
      .replaceAll('EADDRINUSE', '\x1b[31mEADDRINUSE\x1b[39m')
      .replaceAll('\n', '\r\n');
    for (const size of [1, 2, 7, 50, 333]) {
      const pieces = coloured.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      assert.deepEqual(found('', '', pieces), ['3000'], `pieces of ${size}`);
    }
  });

  it('is detected as soon as its line ends', () => {
    const reader = new InUseReader('');
    assert.deepEqual(reader.read('Error: listen EADDRINUSE: address already in use :::30'), []);
    assert.deepEqual(reader.read('00\r\n'), [{ port: 3000, protocol: 'tcp' }]);
  });

  it('is reported again when it fails again', () => {
    const reader = new InUseReader('nodemon server.js');
    const counts = [1, 2].map(() => reader.read(nodeError).length);
    assert.deepEqual(counts, [1, 1]);
  });

  it('is detected for each of two servers', () => {
    const both =
      'api: listen tcp :8080: bind: address already in use\nweb: Error: Port 5173 is already in use\n';
    assert.deepEqual(found(both), ['8080', '5173']);
  });

  it('is linked at its place in the line', () => {
    const line = '\tError: listen EADDRINUSE: address already in use 127.0.0.1:3000';
    const complaint = complaintIn(line);
    assert.ok(complaint?.kind === 'port');
    const { start, length } = complaint.port;
    assert.equal(line.slice(start, start + length), '127.0.0.1:3000');
    const long = `${'x '.repeat(2000)}listen tcp :8080: bind: address already in use${' x'.repeat(2000)}`;
    const far = complaintIn(long);
    assert.ok(far?.kind === 'port');
    assert.equal(long.slice(far.port.start, far.port.start + far.port.length), ':8080');
  });
});

describe('no port in use is detected in', () => {
  const nothing: readonly (readonly [name: string, output: string, command?: string])[] = [
    ['a server that runs', 'Server listening on http://localhost:3000\nReady in 300 ms\n'],
    ['a port that is free now', 'Port 3000 is now free (it was: address already in use)\n'],
    [
      'a port that is not in use',
      'Port 3000 is not in use\nPort 3000 is no longer in use\nPort 3000 is free\n',
    ],
    ['a port beyond the last', 'Error: listen EADDRINUSE: address already in use :::70000\n'],
    ['port 0', 'listen tcp :0: bind: address already in use\n'],
    [
      'the path of a Unix socket',
      "Error: listen EADDRINUSE: address already in use /tmp/app:3000.sock\n  code: 'EADDRINUSE',\n  port: -1\n}\nlisten on port 3000\n",
      'node server.js --port 3000',
    ],
    ['an unknown port', 'OSError: [Errno 98] Address already in use\n', 'python3 server.py'],
    ['a time of day', '12:30:45 bind: Address already in use\n', './serve'],
    [
      'numbers of a log in JSON',
      '{"s":"E","c":"CONTROL","id":20568,"pid":4711,"attr":{"error":{"code":9001,"errmsg":"Address already in use"}}}\n',
      './start',
    ],
    [
      'the code of an error in C++',
      "terminate called after throwing an instance of 'boost::system::system_error'\n  what():  bind: Address already in use [system:98]\n",
      './server',
    ],
    ['numbers with a name', 'pid:4711 fd:8 errno:98 bind: Address already in use\n', './server'],
    [
      'the display of VNC',
      'qemu-system-x86_64: -vnc :1: Failed to find an available port: Address already in use\n',
    ],
    [
      'a line of Perl',
      "Can't create listen socket: Address already in use at IOLoop.pm line 130.\n",
      './app.pl',
    ],
    [
      'another port that was said before',
      'Connected to mongodb://127.0.0.1:27017/app\nMetrics listening on port 9090\nbind: Address already in use\n',
      './app',
    ],
    [
      'another port that is said after it',
      'bind: Address already in use\nMetrics are listening on port 9090\nConnecting to redis://127.0.0.1:6379\n',
      './app',
    ],
    ['numbers of options', 'bind: Address already in use\n', 'node --max-old-space-size 4096 server.js'],
    ['the version of an image', 'bind: Address already in use\n', 'docker run --network host redis:7'],
    [
      'a mongod whose configuration has the port',
      '"errmsg":"Address already in use"\n',
      'mongod -f mongod.conf',
    ],
    ['another word', 'That name is already in use\nEmail already in use: a@b.example:8080\n'],
  ];
  for (const [name, output, command] of nothing) it(name, () => assert.deepEqual(found(output, command), []));

  it('megabytes of noise, which take little time and memory', () => {
    const noise = [
      'GET /api/items/4711?page=2 200 in 12 ms\n',
      'already '.repeat(50),
      'EADDRINUSE '.repeat(30),
      '\x1b]0;',
      'port port port: :::::: 1.1.1.1.1.1.1.1:',
      'a.'.repeat(200),
      "('",
      '[[[[',
    ];
    const reader = new InUseReader('x'.repeat(100_000));
    for (let round = 0; round < 4000; round++) reader.read(noise[round % noise.length]?.repeat(4) ?? '');
    reader.read('a'.repeat(4_000_000));
    reader.read(`${'listen tcp [::'.repeat(200_000)}\n`);
    assert.deepEqual(reader.read('\nlisten tcp :8080: bind: address already in use\n'), [
      { port: 8080, protocol: 'tcp' },
    ]);
    assert.ok(JSON.stringify(reader).length < 120_000);
  });
});

describe('the port of a command line', () => {
  const commands: readonly (readonly [command: string, port: number | null])[] = [
    ['npx vite --port 5173 --strictPort', 5173],
    ['vite --port=5174', 5174],
    ['streamlit run app.py --server.port 8501', 8501],
    ['gunicorn -b 0.0.0.0:8000 app:app', 8000],
    ['php -S localhost:8080 -t public', 8080],
    ['docker run -p 8081:80 nginx', 8081],
    ['PORT=4000 node server.js', 4000],
    ['python3 -m http.server', 8000],
    ['python3 -m http.server 9000', 9000],
    ['python manage.py runserver 0.0.0.0:8002', 8002],
    ['flask --app hello run', 5000],
    ['caddy run --listen :2015', 2015],
    ['java Server 8085', 8085],
    ['./bench 10 8085', 8085],
    ['./proxy 8085 9090', null],
    ['nc -lvp 8082', 8082],
    ['cargo run -- 127.0.0.1:7878', 7878],
    ['caddy reverse-proxy --to box.example:9000', null],
    ['./app --redis redis://127.0.0.1:6379', null],
    ['node --max-old-space-size 4096 server.js', null],
    ['python3 -m http.server --cgi 9000', null],
    ['docker run --rm redis:7', null],
    ['mongod --dbpath data', 27017],
    ['mongod --config /etc/mongod.conf', null],
    ['npm run dev', null],
    ['sleep 5', null],
    ['', null],
  ];
  for (const [command, port] of commands)
    it(command || 'of nothing', () => assert.equal(portInCommand(command), port));

  it('is ignored for commands that show old text', () => {
    assert.equal(showsOldText('cat error.log'), true);
    assert.equal(showsOldText('sudo journalctl -u app'), true);
    assert.equal(showsOldText('node cat.js'), false);
  });
});

describe('the notification of a port in use', () => {
  const port = { port: 3000, protocol: 'tcp' } as const;
  const text = 'Port 3000 is in use: node (pid 42).';
  const pause = () => new Promise((resolve) => setImmediate(resolve));

  /** A workbench whose notifications stay until they are closed, like those behind the bell. */
  function workbench() {
    let now = 0;
    const shown: { readonly text: string; readonly close: (chosen: boolean) => void }[] = [];
    const once = new InUseOnce(() => now);
    const notice = (said: string): InUseNotice => ({
      text: said,
      show: () => new Promise((close) => shown.push({ text: said, close })),
    });
    return {
      shown,
      passes: (ms: number) => {
        now += ms;
      },
      fails: async (said: string | null = text) => {
        void once.notice(port, async () => (said === null ? null : notice(said)));
        await pause();
      },
    };
  }

  it('appears once for a failure that is detected in several places', async () => {
    const { shown, fails, passes } = workbench();
    await Promise.all([fails(), fails(), fails()]);
    passes(500);
    await fails();
    passes(5000);
    await fails();
    assert.equal(shown.length, 1);
  });

  it('appears again on a new failure after the first notification has faded without being closed', async () => {
    const { shown, fails, passes } = workbench();
    for (let times = 1; times < 4; times++) {
      await fails();
      assert.equal(shown.length, times);
      passes(10_000);
    }
  });

  it('appears again some time after the first one was closed', async () => {
    const { shown, fails, passes } = workbench();
    await fails();
    shown[0]?.close(false);
    await pause();
    passes(9000);
    await fails();
    assert.equal(shown.length, 1, 'a closed notification was read');
    passes(1000);
    await fails();
    assert.equal(shown.length, 2);
  });

  it('appears at once for another holder, and for the same if the chosen action had no effect', async () => {
    const { shown, fails, passes } = workbench();
    await fails();
    passes(2000);
    await fails('Port 3000 is in use: node (pid 43).');
    assert.equal(shown.length, 2);
    shown[1]?.close(true);
    await pause();
    await fails('Port 3000 is in use: node (pid 43).');
    assert.equal(shown.length, 3);
  });

  it('does not appear for a port that is free by now, but on a later failure', async () => {
    const { shown, fails, passes } = workbench();
    await fails(null);
    passes(1000);
    await fails();
    assert.equal(shown.length, 1);
  });
});
