/** Words that requests take, and that people type. Help shows them, so this imports nothing. */

/** Engines that carry out a destroy. `auto`: the BPF iterator where possible, else sock_diag. */
export const engineChoices = ['auto', 'bpf', 'sock_diag'] as const;
export type EngineChoice = (typeof engineChoices)[number];
export type Engine = Exclude<EngineChoice, 'auto'>;

/** The end of a connection that is destroyed: that of the program that matches, or the other. */
export const ends = ['local', 'peer'] as const;
export type End = (typeof ends)[number];

/** When the next matching connection is destroyed: while it is being made, or once it is established. */
export const moments = ['connect', 'established'] as const;
export type Moment = (typeof moments)[number];

/**
 * Effect on connects and datagrams to the remote: ECONNREFUSED, EHOSTUNREACH or EPERM at once; or `blackhole`: packets
 * are dropped, so that connects time out and live connections stall without a reset.
 */
export const faults = ['refused', 'unreachable', 'denied', 'blackhole'] as const;
export type Fault = (typeof faults)[number];

/** What a degrade does: some packets vanish, bytes pass no faster than a rate, or all packets of one living connection vanish. */
export const degradations = ['loss', 'rate', 'half-open'] as const;
export type Degradation = (typeof degradations)[number];

/** Packets that a socket gets, that it sends, or both. */
export const directions = ['in', 'out', 'both'] as const;
export type Direction = (typeof directions)[number];

export const signals = ['TERM', 'KILL'] as const;
export type Signal = (typeof signals)[number];
