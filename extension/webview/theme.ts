/** The colours of the theme, for canvases, which CSS does not style. */

import type { MarkKind } from '../reconnect/timeline/timeline-view';

export interface Theme {
  readonly foreground: string;
  readonly dim: string;
  readonly background: string;
  readonly grid: string;
  readonly focus: string;
  readonly font: string;
  readonly bar: string;
  readonly marks: Readonly<Record<MarkKind, string>>;
  /** Colours of the compared runs. */
  readonly runs: readonly [string, string];
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const color = (...names: string[]) =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ??
    style.color;
  const green = color('charts-green');
  const red = color('charts-red');
  const orange = color('sockscope-outage');
  const yellow = color('charts-yellow');
  const purple = color('charts-purple');
  const blue = color('charts-blue');
  const foreground = color('editor-foreground', 'foreground');
  const dim = color('descriptionForeground', 'foreground');
  return {
    foreground,
    dim,
    background: color('editor-background'),
    grid: `color-mix(in srgb, ${foreground} 18%, transparent)`,
    focus: color('focusBorder', 'contrastActiveBorder'),
    font: `12px ${style.fontFamily}`,
    bar: orange,
    marks: {
      destroyed: red,
      connected: green,
      refused: orange,
      unreachable: yellow,
      denied: purple,
      'timed-out': orange,
      reset: red,
      abandoned: dim,
      failed: red,
      pending: blue,
      recovered: green,
      bytes: green,
      exit: red,
      restarted: blue,
      missed: dim,
    },
    runs: [blue, purple],
  };
}
