/** The page of the history alone, in a real browser: which rows it shows, and what its filter box has. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { pageHtml } from '../../extension/history/history-html';
import { type HistoryRow, maxRows, type ToPage } from '../../extension/history/history-view';
import { english } from '../helpers/sockets';
import { launchBrowser } from '../helpers/vscode-server';

const origin = 'https://page.invalid';
const now = Date.now();

const row = (id: string, rest: Partial<HistoryRow> = {}): HistoryRow => ({
  id,
  pair: id,
  isIncoming: false,
  kind: 'ended',
  at: now,
  from: now - 5,
  openedAt: now - 5,
  time: '',
  event: '',
  process: `program ${id}`,
  peer: '',
  ends: '',
  numbers: '',
  reason: '',
  ...rest,
});

describe('the page of the history', () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage();
    const files: Record<string, [string, string]> = {
      '/': ['text/html', html()],
      '/history.js': ['text/javascript', readFileSync('dist/history.js', 'utf8')],
      '/history.css': ['text/css', readFileSync('dist/history.css', 'utf8')],
    };
    await page.route(`${origin}/**`, (route) => {
      const [contentType, body] = files[new URL(route.request().url()).pathname] ?? [];
      return contentType ? route.fulfill({ contentType, body: body ?? '' }) : route.fulfill({ status: 404 });
    });
    await page.addInitScript(() => {
      const sent: unknown[] = [];
      const api = { postMessage: (message: unknown) => sent.push(message), setState: () => {} };
      Object.assign(globalThis, { sent, acquireVsCodeApi: () => api });
    });
    await page.goto(`${origin}/`);
  });

  const html = () =>
    pageHtml(english, {
      language: 'en',
      script: `${origin}/history.js`,
      style: `${origin}/history.css`,
      cspSource: origin,
      nonce: 'abc',
    });
  /** Resolves once the page has taken it: this listener comes after its own. */
  const take = (message: ToPage) =>
    page.evaluate(`new Promise((resolve) => {
      addEventListener('message', () => resolve(), { once: true });
      postMessage(${JSON.stringify(message)});
    })`);
  const put = (rows: HistoryRow[], fresh = false) => take({ kind: 'rows', rows, fresh });
  const shown = () =>
    page.locator('.row').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-id')));
  const count = () => page.locator('#count').textContent();

  const mine = row('mine', { pair: 'same' });
  const listener = row('listener', { pair: 'same', isIncoming: true });

  it('has one row for both ends, and another for who comes from the same port later', async () => {
    await put([mine, listener], true);
    assert.deepEqual(await shown(), ['mine']);
    assert.equal(await page.locator('.row .peer').textContent(), 'program listener');
    assert.equal(await count(), '1 connection');
    await put([row('stranger', { pair: 'same', isIncoming: true, at: now + 700, openedAt: now + 600 })]);
    assert.deepEqual(await shown(), ['stranger', 'mine']);
  });

  it('shows the other end where it belongs once the one that stood for both is left out', async () => {
    const others = Array.from({ length: maxRows - 2 }, (_, index) => row(`other ${index}`));
    await put([mine, row('between'), listener], true);
    await put(others);
    const ids = await shown();
    assert.equal(ids.length, maxRows);
    assert.deepEqual(ids.slice(-3), ['other 0', 'listener', 'between']);
    assert.equal(await count(), 'The newest 2,000 connections; a filter finds others');
  });

  it('draws the time axis with its first rows', async () => {
    await put([mine], true);
    const width = Number(await page.locator('#axis canvas').getAttribute('width'));
    assert.ok(width > 100, `${width} pixels`);
  });

  it('a filter from elsewhere replaces what is being typed; its own echo does not', async () => {
    const box = page.locator('#filter');
    const filter = { text: 'addr:3000', failedOnly: false };
    await box.fill('typed');
    await take({ kind: 'filter', filter, mistake: '', isOwn: true });
    assert.equal(await box.inputValue(), 'typed');
    await box.fill('typed on');
    await take({ kind: 'filter', filter, mistake: '', isOwn: false });
    assert.equal(await box.inputValue(), 'addr:3000');
    assert.equal(await page.locator(':focus').getAttribute('id'), 'filter');
  });
});
