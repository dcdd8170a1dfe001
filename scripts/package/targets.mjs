/** The machines for which an addon is released, by VS Code's names. */

export const targets = {
  'linux-x64': { architecture: 'amd64', triple: 'x86_64-linux-gnu', machine: 'X86-64', flags: [] },
  'linux-arm64': {
    architecture: 'arm64',
    triple: 'aarch64-linux-gnu',
    machine: 'AArch64',
    // They would call functions that only the libgcc of newer systems has.
    flags: ['-mno-outline-atomics'],
  },
};

/** What every system that VS Code Server itself runs on has: the newest versions of symbols that an addon may ask for. */
export const newestSymbols = { GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.11', GCC: '4.2.0' };

/** The C library of the machine that builds it; built in a container of Alpine Linux by the release workflow alone. */
export const muslTarget = 'alpine-x64';
