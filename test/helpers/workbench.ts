/** What a person does in the workbench, as steps. Selectors are those of VS Code 1.139. */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

const screenshots = resolve('build', 'screenshots');

/** The workbench swallows a click that comes right after a menu opens. */
const menuPause = 350;

/** Notifications and dialogs come in slowly. */
const slidePause = 500;

export class Workbench {
  constructor(readonly page: Page) {}

  async open(port: number, folder: string): Promise<void> {
    await this.page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
  }

  async openView(title: string): Promise<void> {
    await this.page.locator(`.activitybar a.action-label[aria-label^="${title}"]`).first().click();
  }

  /** Drags the edge of the side bar. */
  async widenSideBar(pixels: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (!box) throw new Error('The side bar is not shown');
    const edge = box.x + box.width;
    const middle = box.y + box.height / 2;
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(edge + pixels, middle, { steps: 5 });
    await this.page.mouse.up();
  }

  /** A row of the tree, by part of what a screen reader says. */
  row(spoken: string): Locator {
    return this.page.locator(`.monaco-list-row[role="treeitem"][aria-label*="${spoken}"]`);
  }

  async expand(row: Locator): Promise<void> {
    if ((await row.getAttribute('aria-expanded')) === 'true') return;
    await row.click();
    if ((await row.getAttribute('aria-expanded')) !== 'true') await this.page.keyboard.press('ArrowRight');
  }

  async chooseFromMenu(row: Locator, command: string): Promise<void> {
    await row.click({ button: 'right' });
    const item = this.page
      .locator('.monaco-menu a.action-menu-item')
      .filter({ has: this.page.getByText(command, { exact: true }) });
    await item.hover();
    await this.page.waitForTimeout(menuPause);
    await item.click();
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  async answer(button: string): Promise<void> {
    await this.dialog.locator('.monaco-button').filter({ hasText: button }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }

  /** Answers the quick pick or input box that says this, by keyboard; without a text, with what is offered. */
  async answerInput(said: string, text?: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget input.input');
    const asks = `.quick-input-widget:has-text("${said}"), .quick-input-widget:has(input[placeholder*="${said}"])`;
    await this.page.locator(asks).first().waitFor();
    if (text !== undefined) await box.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** An item of the status bar, by its id in the extension. */
  status(id: string): Locator {
    return this.page.locator(`.statusbar-item[id="sockscope.sockscope.${id}"]`);
  }

  /** What the one webview shows. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
  }

  /** Waits until the active terminal shows this. */
  async terminalShows(pattern: RegExp): Promise<void> {
    const rows = this.page.locator('.terminal-wrapper.active .xterm-rows');
    await rows.filter({ hasText: pattern }).waitFor({ timeout: 30_000 });
  }

  /** Ctrl+click on the first place in the active terminal that shows this text. */
  async followTerminalLink(text: string): Promise<void> {
    const row = this.page
      .locator('.terminal-wrapper.active .xterm-rows > div')
      .filter({ hasText: text })
      .first();
    const line = (await row.textContent()) ?? '';
    const box = await row.boundingBox();
    const last = await row.locator('span').last().boundingBox();
    if (!box || !last) throw new Error(`No line of the terminal shows ${text}`);
    const column = (last.x + last.width - box.x) / line.length;
    const x = box.x + column * (line.indexOf(text) + text.length / 2);
    const y = box.y + box.height / 2;
    await this.page.mouse.move(x - column, y);
    await this.page.keyboard.down('Control');
    await this.page.mouse.move(x, y);
    await this.page.waitForTimeout(slidePause);
    await this.page.mouse.click(x, y);
    await this.page.keyboard.up('Control');
  }

  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** By its name in the palette, as a person finds it. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input.input').fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
  }

  async chooseTheme(name: string): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.answerInput('Select Color Theme', name);
  }

  /** Waits until its shell has a prompt. */
  async openTerminal(): Promise<void> {
    const before = await this.page.locator('.terminal-wrapper').count();
    await this.runCommand('Terminal: Create New Terminal');
    await this.page.locator('.terminal-wrapper').nth(before).waitFor({ state: 'attached' });
    await this.terminalShows(/\$ *$/);
  }

  async closeToast(text: string | RegExp): Promise<void> {
    const toast = this.page.locator('.notification-list-item').filter({ has: this.toast(text) });
    await toast.hover();
    await toast.locator('.action-label[aria-label^="Clear Notification"]').click();
    await this.toast(text).waitFor({ state: 'hidden' });
  }

  /** A button of the notification with this text. */
  async clickInToast(text: string | RegExp, button: string): Promise<void> {
    const toast = this.page.locator('.notification-list-item').filter({ has: this.toast(text) });
    await toast.locator('.monaco-button').filter({ hasText: button }).click();
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item-message').filter({ hasText: text });
  }

  /** Kept in build/screenshots, once notifications have slid in. */
  async screenshot(name: string): Promise<void> {
    await this.page.waitForTimeout(slidePause);
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: resolve(screenshots, `${name}.png`) });
  }
}
