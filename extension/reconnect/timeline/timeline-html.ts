/** The empty page of the timeline. Pure: texts from the system come later, by message. */

import { escaped, type PageSources, policy } from '../../base/page';
import type { Translate } from '../../base/text';
import { eventColumns, markKindText, roundColumns } from './timeline-model';
import { summaryLabels } from './timeline-summary';
import { markKinds } from './timeline-view';

export function pageHtml(t: Translate, sources: PageSources): string {
  const { script, style, nonce, language } = sources;
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(sources)}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${escaped(style)}">
<title>${escaped(t('Reconnects'))}</title>
</head>
<body>
${toolbar(t)}
<p id="empty">${escaped(t('No drill has been run in this window yet: choose Drill Reconnect... on a connection, or open a saved run.'))}</p>
<main id="content" hidden>
${lanes(t)}
<div class="beside">
<section aria-labelledby="summary-title">
<h2 id="summary-title">${escaped(t('Summary'))}</h2>
<table id="summary" data-difference="${escaped(t('Difference'))}"><thead></thead><tbody>${summaryRows(t)}</tbody></table>
<h2 id="recoveries-title">${escaped(t('Time to recover, by round'))}</h2>
<div id="recoveries" class="chart" role="group" aria-labelledby="recoveries-title" aria-describedby="rounds-title" data-title="${escaped(t('Time to recover, by round'))}" data-none="${escaped(t('No round has recovered.'))}" data-round="${escaped(t('round'))}" data-first="${escaped(t('first attempt'))}" data-recovered="${escaped(t('recovered'))}"></div>
<h2 id="gaps-title">${escaped(t('Gaps between attempts'))}</h2>
<div id="gaps" class="chart" role="group" aria-labelledby="gaps-title" aria-describedby="events-title" data-title="${escaped(t('Gaps between attempts'))}" data-none="${escaped(t('No round had a second attempt, so there are no gaps.'))}" data-gap="${escaped(t('gap'))}" data-median="${escaped(t('median'))}" data-min="${escaped(t('shortest'))}" data-max="${escaped(t('longest'))}"></div>
</section>
<section aria-labelledby="rounds-title">
<h2 id="rounds-title">${escaped(t('Rounds'))}</h2>
<div id="rounds" role="region" tabindex="0" aria-labelledby="rounds-title"></div>
<h2 id="events-title">${escaped(t('Events'))}</h2>
<p class="hint">${escaped(t('Arrow keys go from row to row; the row with the focus is marked in the lanes.'))}</p>
<div id="events"></div>
</section>
</div>
</main>
<template id="rounds-table">${table(roundColumns(t))}</template>
<template id="events-table">${table(eventColumns(t))}</template>
<script nonce="${nonce}" src="${escaped(script)}"></script>
</body>
</html>`;
}

function toolbar(t: Translate): string {
  const button = (id: string, text: string, more = '') =>
    `<button type="button" id="${id}" ${more}>${escaped(text)}</button>`;
  return `<div class="toolbar" role="group" aria-label="${escaped(t('Runs'))}">
<label>${escaped(t('Run'))} <select id="run"></select></label>
<label>${escaped(t('Compare with'))} <select id="other" data-none="${escaped(t('nothing'))}"></select></label>
${button('stop', t('Stop Drill'), 'hidden')}
${button('open', t('Open Saved Run...'), 'class="secondary"')}
${button('export-yml', t('Save as Scenario...'), 'class="secondary"')}
${button('export-json', t('Export JSON...'), 'class="secondary"')}
${button('export-csv', t('Export CSV...'), 'class="secondary"')}
${button('export-png', t('Export PNG...'), 'class="secondary"')}
</div>`;
}

function lanes(t: Translate): string {
  return `<section aria-labelledby="lanes-title">
<div class="toolbar">
<h2 id="lanes-title">${escaped(t('Timeline'))}</h2>
<span id="state" role="status"></span>
<span class="space"></span>
<label><input type="checkbox" id="aligned"> ${escaped(t('Align rounds at their destroy'))}</label>
<label><input type="checkbox" id="follow" checked> ${escaped(t('Follow'))}</label>
<button type="button" id="zoom-out" class="secondary" aria-label="${escaped(t('Zoom out'))}">−</button>
<button type="button" id="zoom-in" class="secondary" aria-label="${escaped(t('Zoom in'))}">+</button>
<button type="button" id="zoom-fit" class="secondary">${escaped(t('Fit'))}</button>
</div>
<div id="lanes" tabindex="0" role="application" aria-label="${escaped(t('Timeline'))}" aria-describedby="lanes-hint"><canvas></canvas><div id="tip" aria-hidden="true" hidden></div></div>
<p id="spoken" aria-live="polite"></p>
<ul id="legend" aria-label="${escaped(t('Legend'))}">${markKinds.map((kind) => `<li data-kind="${kind}"><canvas aria-hidden="true"></canvas>${escaped(markKindText(t, kind))}</li>`).join('')}<li data-kind="bar"><canvas aria-hidden="true"></canvas>${escaped(t('held down'))}</li></ul>
<p id="lanes-hint" class="hint">${escaped(t('Left and right arrow: from mark to mark. Plus and minus, or the wheel: zoom. Shift with an arrow, or drag: move. 0: fit.'))}</p>
</section>`;
}

function summaryRows(t: Translate): string {
  return summaryLabels(t)
    .map((label) => `<tr><th scope="row">${escaped(label)}</th></tr>`)
    .join('');
}

function table(columns: readonly string[]): string {
  const cells = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('');
  return `<table><caption></caption><thead><tr>${cells}</tr></thead></table>`;
}
