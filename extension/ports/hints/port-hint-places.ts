/** Where hints on the ports of documents are shown. Pure. */

export interface HintPlaces {
  readonly hovers: boolean;
  readonly lenses: boolean;
}

/** `setting`: off, hover, codeLens or both; anything else is off. In restricted mode nothing of the workspace is read. */
export function hintPlaces(setting: unknown, isTrusted: boolean): HintPlaces {
  return {
    hovers: isTrusted && (setting === 'hover' || setting === 'both'),
    lenses: isTrusted && (setting === 'codeLens' || setting === 'both'),
  };
}
