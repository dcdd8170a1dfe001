/** Actions of a user in the workbench. Selectors are those of VS Code 1.139. */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { until } from './programs';

const screenshots = resolve('build', 'screenshots');

/** For a busy machine. */
const patienceMs = 90_000;

/** The workbench ignores a click right after a menu opens. */
const menuPauseMs = 350;

/** Notifications and dialogs slide in. */
const slidePauseMs = 500;

export class Workbench {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(patienceMs);
    page.setDefaultNavigationTimeout(2 * patienceMs);
  }

  #until(what: string, ask: () => Promise<boolean>): Promise<boolean> {
    return until(what, ask, patienceMs);
  }

  /** `folder`: a path, or the URI of a virtual one. */
  async open(port: number, folder: string): Promise<void> {
    await this.page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
    await this.page.locator('.monaco-workbench').waitFor();
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

  /** A row of the tree, by a part of its accessible label. */
  row(spoken: string): Locator {
    return this.page.locator(`.monaco-list-row[role="treeitem"][aria-label*="${spoken}"]`);
  }

  /** Shows a view; resolves with the message above its rows in the frame that has the first of them: one that comes later moves them. */
  async messageAtFirstRow(title: string): Promise<string> {
    const tree = '.tree-explorer-viewlet-tree-view';
    await this.openView(title);
    const first = await this.page.waitForFunction(`(() => {
      const message = document.querySelector('${tree} > .message:not(.hide)');
      return document.querySelector('${tree} .monaco-list-row') && { text: message?.textContent ?? '' };
    })()`);
    return ((await first.jsonValue()) as { readonly text: string }).text;
  }

  /** The message above the rows. */
  get message(): Locator {
    return this.page.locator('.tree-explorer-viewlet-tree-view > .message:not(.hide)').first();
  }

  /** By keyboard: the row at the top of the Sockets view, which starts the agent. No key before it can be seen that the view takes it. */
  async enterTopRow(): Promise<void> {
    const view = this.focusedView;
    const top = view.locator('.monaco-list-row.focused[data-index="0"]');
    await this.#until('the top row has the focus', async () => {
      await this.runCommand('Sockscope: Focus on Sockets View');
      if (!(await appearsSoon(view))) return false;
      await this.page.keyboard.press('Home');
      return appearsSoon(top);
    });
    await this.page.keyboard.press('Enter');
  }

  /** The Sockets view, while it has the focus. */
  get focusedView(): Locator {
    return this.page.locator('.tree-explorer-viewlet-tree-view .monaco-list:focus');
  }

  /** By keyboard: the first button of the newest notification. */
  async acceptToast(): Promise<void> {
    await this.runCommand('Notifications: Accept Notification Primary Action');
  }

  /** By a click, again where VS Code, which was drawing the list anew, has closed it at once. */
  async expand(row: Locator): Promise<void> {
    await this.#until('the row is expanded', async () => {
      if ((await row.getAttribute('aria-expanded')) !== 'true') await this.clickRow(row);
      return (await row.getAttribute('aria-expanded')) === 'true';
    });
  }

  /** Repeated until this row has taken it, and not another that came to its place. */
  async clickRow(row: Locator, button: 'left' | 'right' = 'left'): Promise<void> {
    const menu = this.page.locator('.monaco-menu');
    await this.#until('the row has taken a click', async () => {
      if (!(await this.#clickAt(row, button))) return false;
      if (await appearsSoon(row.and(this.page.locator('.focused')))) return true;
      if (button === 'right') await this.page.keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden' });
      return false;
    });
  }

  /**
   * Lists draw their rows anew into the elements of others, so the element that a click of Playwright has found may show another row when it
   * comes. False: there is another one by now, and nothing was clicked.
   */
  async #clickAt(row: Locator, button: 'left' | 'right' = 'left'): Promise<boolean> {
    const box = await row.boundingBox();
    if (!box) return false;
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await this.page.mouse.move(at.x, at.y);
    if (!(await row.evaluate(isHit, at))) return false;
    await this.page.mouse.click(at.x, at.y, { button });
    return true;
  }

  /** Resolves with the item of the command, which is chosen by a click. A row that had the focus already may have taken none. */
  async openMenu(row: Locator, command: string): Promise<Locator> {
    const item = this.page
      .locator('.monaco-menu a.action-menu-item')
      .filter({ has: this.page.getByText(command, { exact: true }) });
    await this.#until(`a menu has "${command}"`, async () => {
      await this.clickRow(row, 'right');
      if (await appearsSoon(item)) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
    await item.hover();
    await this.page.waitForTimeout(menuPauseMs);
    return item;
  }

  /**
   * A command that asks something. Chosen once more where it was told to: while VS Code reads the tree anew, a menu does not know its row.
   */
  async chooseFromMenu(row: Locator, command: string): Promise<void> {
    const told = this.toast('The list changed at that moment. Choose the row once more.');
    const asked = this.page.locator('.monaco-dialog-box, .quick-input-widget').filter({ visible: true });
    await this.#until(`"${command}" asks`, async () => {
      await (await this.openMenu(row, command)).click();
      await asked.or(told).first().waitFor();
      if (!(await told.isVisible())) return true;
      await this.closeToast(/^The list changed/);
      return false;
    });
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  async answer(button: string): Promise<void> {
    await this.dialog.locator('.monaco-button').filter({ hasText: button }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }

  /** Answers the quick pick or input box with this title, by keyboard; without a text, accepts the default. */
  async answerInput(title: string, text?: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget input.input');
    const widget = `.quick-input-widget:has-text("${title}"), .quick-input-widget:has(input[placeholder*="${title}"])`;
    await this.page.locator(widget).first().waitFor();
    if (text !== undefined) await box.fill(text);
    await box.press('Enter'); // also where the focus is elsewhere
  }

  /** From the question with this text to the one before. */
  async goBack(from: string): Promise<void> {
    const widget = this.page.locator(`.quick-input-widget:has(input[placeholder*="${from}"])`);
    await widget.locator('.quick-input-titlebar .action-label[aria-label^="Back"]').click();
  }

  /** An item of the status bar, by its id in the extension. */
  status(id: string): Locator {
    return this.page.locator(`.statusbar-item[id="sockscope.sockscope.${id}"]`);
  }

  /** The content of the only webview. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
  }

  /** Waits until the active terminal shows this. */
  async terminalShows(pattern: RegExp): Promise<void> {
    const rows = this.page.locator('.terminal-wrapper.active .xterm-rows');
    await rows.filter({ hasText: pattern }).waitFor();
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
    // Moved until the link is one: the editor asks for the links of a line when the pointer comes to it.
    await this.page.keyboard.down('Control');
    await this.#until(`${text} is a link`, async () => {
      await this.page.mouse.move(x - column, y);
      await this.page.mouse.move(x, y);
      return appearsSoon(this.page.locator('.terminal-wrapper.active .xterm-cursor-pointer'));
    });
    await this.page.mouse.click(x, y);
    await this.page.keyboard.up('Control');
  }

  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** All of them, by themselves. The last one takes the focus along, and then the palette closes. */
  async terminalsClose(): Promise<void> {
    await this.page.locator('.terminal-wrapper.active').waitFor({ state: 'hidden' });
  }

  /** Ctrl-C. */
  async interruptTerminal(): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await this.page.keyboard.press('Control+C');
  }

  /** Runs a command by its title in the palette. */
  async runCommand(title: string): Promise<void> {
    // The key would go to the input of an earlier command that is just closing.
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    const input = this.page.locator('.quick-input-widget input.input');
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    // The list has the commands of the moment of typing: while the workbench starts, its own are still being registered.
    await this.#until(`the palette has "${title}"`, async () => {
      // What was closed before may give the focus back late, which closes the palette.
      if (!(await input.isVisible())) await this.page.keyboard.press('F1');
      for (const text of ['>', `>${title}`]) if (!(await typesSoon(input, text))) return false;
      return (await appearsSoon(row)) && this.#clickAt(row);
    });
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

  /** Saves to build/screenshots, once notifications have slid in. */
  async screenshot(name: string): Promise<void> {
    await this.page.waitForTimeout(slidePauseMs);
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: resolve(screenshots, `${name}.png`) });
  }
}

const soonMs = 2000;

/** False where it is not shown within two seconds. */
function appearsSoon(what: Locator): Promise<boolean> {
  return succeeds(what.waitFor({ timeout: soonMs }));
}

/** False where it takes no text within two seconds. */
function typesSoon(input: Locator, text: string): Promise<boolean> {
  return succeeds(input.fill(text, { timeout: soonMs }));
}

function succeeds(act: Promise<void>): Promise<boolean> {
  return act.then(
    () => true,
    () => false,
  );
}

interface Drawn {
  contains(other: unknown): boolean;
  readonly ownerDocument: { elementFromPoint(x: number, y: number): unknown };
}

/** In the page: whether a click there meets the element. */
function isHit(element: Drawn, { x, y }: { readonly x: number; readonly y: number }): boolean {
  return element.contains(element.ownerDocument.elementFromPoint(x, y));
}
