/** Data of the page of the history, and messages between it and the extension. Texts are translated already. */

/** Colours of the rows and of the columns on the time axis. */
export const rowKinds = ['opened', 'ended', 'failed'] as const;
export type RowKind = (typeof rowKinds)[number];

export interface HistoryRow {
  /** An `ended` replaces the `opened` of the same id. */
  readonly id: string;
  /** Equal for both ends of a connection; of these, the page shows the one that connected. Others may have the same later. */
  readonly pair: string;
  readonly isIncoming: boolean;
  readonly kind: RowKind;
  /** Milliseconds since 1970: of the event, and of the beginning of the connection, as far as it is known. */
  readonly at: number;
  readonly from: number;
  /** Null: it never did, or before the history. */
  readonly openedAt: number | null;
  readonly time: string;
  readonly event: string;
  /** Empty: not known. */
  readonly process: string;
  readonly peer: string;
  readonly ends: string;
  /** How long it took or lasted, and its bytes; empty: not known. */
  readonly numbers: string;
  readonly reason: string;
}

export interface PageStatus {
  /** A sentence or two. */
  readonly text: string;
  readonly offersAgent: boolean;
  readonly offersAlways: boolean;
}

export interface PageFilter {
  readonly text: string;
  readonly failedOnly: boolean;
}

export type ToPage =
  | { readonly kind: 'status'; readonly status: PageStatus }
  /** `mistake`: what is wrong with the text; empty: nothing. `isOwn`: the page has sent it, and may have a newer text by now. */
  | {
      readonly kind: 'filter';
      readonly filter: PageFilter;
      readonly mistake: string;
      readonly isOwn: boolean;
    }
  /** `fresh`: in place of all before. */
  | { readonly kind: 'rows'; readonly rows: readonly HistoryRow[]; readonly fresh: boolean };

export type FromPage =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'filter' } & PageFilter)
  | { readonly kind: 'startAgent' }
  | { readonly kind: 'always' };

/** The newest rows that a page has. */
export const maxRows = 2000;
