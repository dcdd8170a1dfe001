/** The files of test/agent that run under other kernels as well: what the kernel decides. By name, without `.test.ts`. */
export const core = [
  'seed',
  'states',
  'twins',
  'listeners',
  'kinds',
  'list',
  'owners',
  'selection',
  'inspect',
  'verdicts',
  'destroy-as-seen',
  'destroy-next',
  'outage',
  'binds',
  'bind-law',
  'broker-law',
  'broker-law-outages',
  'who-may-act',
  'free-scope',
  'take-over',
  'namespaces',
  'direct',
  'drill',
  'drill-restarts',
];

/** Keys of kernelSuites (qemu/kernel.mjs). */
export const coreKernels = ['6.1', '6.12'];

/** Those that a guest lacks something for, with the reason. The others are the same under every kernel, or take too long in a guest. */
export const needsTheHost = {
  carriers: 'a VS Code Server',
  lifeline: 'a VS Code Server',
  'io-uring': 'the Node of a VS Code Server',
  'client-library': 'TypeScript',
  'version-skew': 'esbuild and the sources, to bundle another agent',
  examples: 'the packages ioredis, pg and vitest',
  containers: 'podman',
  free: 'Redis, PostgreSQL, nginx, vite and Go',
  'drill-clients': 'Redis, PostgreSQL and Go',
  programs: 'Redis, PostgreSQL, nginx and Go',
};
