/** The empty page of the history. Pure: texts from the system come later, by message. */

import { limits } from '../../agent/protocol';
import { escaped, type PageSources, policy } from '../base/page';
import type { Translate } from '../base/text';
import { rowKinds } from './history-view';

export function pageHtml(t: Translate, sources: PageSources): string {
  const { script, style, nonce, language } = sources;
  const kinds = { opened: t('opened'), ended: t('ended'), failed: t('failed') };
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(sources)}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${escaped(style)}">
<title>${escaped(t('History of Connections'))}</title>
</head>
<body>
<div class="toolbar">
<label class="filter">${escaped(t('Filter'))} <input id="filter" type="text" spellcheck="false" maxlength="${limits.filter}" placeholder="addr:3000, process:node, refused" aria-describedby="mistake"></label>
<label><input type="checkbox" id="failed"> ${escaped(t('Failed only'))}</label>
</div>
<p id="mistake" role="alert"></p>
<p id="status" role="status"></p>
<div class="toolbar">
<button type="button" id="start" hidden>${escaped(t('Start Agent'))}</button>
<button type="button" id="always" class="secondary" hidden>${escaped(t('Always Keep It'))}</button>
</div>
<div id="axis" role="img" data-one="${escaped(t('1 connection from {1} to {2}'))}" data-some="${escaped(t('{0} connections from {1} to {2}'))}" hidden><canvas></canvas></div>
<ul id="legend" aria-label="${escaped(t('Legend'))}" hidden>${rowKinds.map((kind) => `<li><span class="mark ${kind}" aria-hidden="true"></span>${escaped(kinds[kind])}</li>`).join('')}</ul>
<p id="count" class="hint" data-one="${escaped(t('1 connection'))}" data-some="${escaped(t('{0} connections, the newest first'))}" data-newest="${escaped(t('The newest {0} connections; a filter finds others'))}" data-none="${escaped(t('None so far.'))}"></p>
<div id="rows" role="listbox" tabindex="0" aria-label="${escaped(t('Connections'))}"></div>
<script nonce="${nonce}" src="${escaped(script)}"></script>
</body>
</html>`;
}
