/** The times at which rows of the tree appear in the page, by the page's clock, and the order of the rows. */

const rowSelector = '.sidebar .monaco-list-row[role="treeitem"][aria-label]';

/** In the page: records the first time of each row, and of the last mouse click. */
function observe(selector) {
  const noted = { seen: new Map(), clicked: 0 };
  window.rowsNoted = noted;
  const note = () => {
    const at = performance.now();
    for (const row of document.querySelectorAll(selector)) {
      const label = row.getAttribute('aria-label');
      if (!noted.seen.has(label)) noted.seen.set(label, { at, level: Number(row.ariaLevel) });
    }
  };
  note();
  const what = { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] };
  new MutationObserver(note).observe(document.querySelector('.sidebar'), what);
  const click = () => {
    noted.clicked = performance.now();
    noted.seen.clear();
  };
  document.addEventListener('click', click, { capture: true });
}

/** In the page: samples the names of the rows from top to bottom. The elements of the page have no order. */
async function sample({ selector, seconds, every }) {
  const name = (label) => /process id \d+|\S+ to \S+(?=,)/.exec(label)?.[0] ?? label;
  const samples = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const rows = [...document.querySelectorAll(selector)];
    rows.sort((a, b) => a.dataset.index - b.dataset.index);
    samples.push(rows.map((row) => name(row.getAttribute('aria-label'))));
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  return samples;
}

export class Rows {
  #page;

  constructor(page) {
    this.#page = page;
  }

  observe() {
    return this.#page.evaluate(observe, rowSelector);
  }

  /** All rows since the last click: [accessible label, { at, level }], in milliseconds of the page's clock. */
  seen() {
    return this.#page.evaluate(() => [...window.rowsNoted.seen]);
  }

  /** Waits for the first row of a group; resolves with the milliseconds from the click. */
  async firstRowAfterClick() {
    const elapsed = () => {
      const { seen, clicked } = window.rowsNoted;
      const first = [...seen.values()].find(({ level }) => level === 2);
      return first && first.at - clicked;
    };
    return (await this.#page.waitForFunction(elapsed, undefined, { polling: 20 })).jsonValue();
  }

  /** Every 50 ms, the rows from top to bottom. */
  samples(seconds) {
    return this.#page.evaluate(sample, { selector: rowSelector, seconds, every: 50 });
  }

  /** The offset from the page's clock to milliseconds of CLOCK_MONOTONIC, and its possible error. */
  async clock() {
    let best = { offset: 0, error: Number.POSITIVE_INFINITY };
    for (let time = 0; time < 50; time++) {
      const before = Number(process.hrtime.bigint()) / 1e6;
      const there = await this.#page.evaluate(() => performance.now());
      const error = (Number(process.hrtime.bigint()) / 1e6 - before) / 2;
      if (error < best.error) best = { offset: before + error - there, error };
    }
    return best;
  }
}

/** The number of neighbours in a sample whose order was reversed in the sample before. */
export function swapped(samples) {
  let count = 0;
  for (const [index, names] of samples.entries()) {
    const before = new Map(samples[index - 1]?.map((name, place) => [name, place]));
    const places = names.filter((name) => before.has(name)).map((name) => before.get(name));
    count += places.filter((place, at) => place < places[at - 1]).length;
  }
  return count;
}
