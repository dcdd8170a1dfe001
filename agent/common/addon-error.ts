/** The addon cannot be loaded. The message says why, and what to do: it is for the person at the terminal. */
export class AddonError extends Error {}
