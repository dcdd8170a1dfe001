/** The one filter language, for looking and for acting. */
export {};
