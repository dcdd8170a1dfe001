/** What translations.test.ts takes for a text. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { textsIn } from '../../helpers/shown-texts';

const plainIn = (source: string) =>
  textsIn('a.ts', source).plain.map((place) => place.replace(/^a\.ts:\d+ /, ''));

describe('a text that a user could see', () => {
  it('is what VS Code gets, as it is, chosen, composed, or in an error', () => {
    assert.deepEqual(plainIn("window.showInformationMessage('Done')"), ['"Done"']);
    assert.deepEqual(plainIn("item.tooltip = ok ? 'Fine' : t('Bad')"), ['"Fine"']);
    assert.deepEqual(plainIn(`pick({ label: \`$(key) \${name} ends\` })`), ['"$(key) {} ends"']);
    assert.deepEqual(plainIn("throw new Error('Gone')"), ['"Gone"']);
    assert.deepEqual(plainIn("context.toast('info', 'Copied' + more)"), ['"Copied"']);
  });

  it('is what looks like a sentence, wherever it stands', () =>
    assert.deepEqual(plainIn(`const why = () => \`\${n} sockets match\``), ['"{} sockets match"']));

  it('is no code, filter, type, line of the log or text that is translated', () => {
    assert.deepEqual(plainIn("item.contextValue = 'socket'; t('One {0}', 'x')"), []);
    assert.deepEqual(plainIn(`list(\`pid:\${pid} state:listen\`); log.info('agent is gone')`), []);
    assert.deepEqual(plainIn("import 'a b'; type Kind = 'one two'; if (kind === 'one') t('Two words')"), []);
  });
});

describe('a text that is translated', () => {
  it('is the first argument of t', () =>
    assert.deepEqual(textsIn('a.ts', "t('A'); vscode.l10n.t('B', x); at('C')").translated, ['A', 'B']));

  it('is a plain string, since bundles name it', () =>
    assert.equal(textsIn('a.ts', `t(message); t(\`a \${b}\`)`).unnamed.length, 2));
});

describe('a modal dialog', () =>
  it('is shown by base/ask-modal alone, which keeps number and unit together', () => {
    const folder = join(process.cwd(), 'extension');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const showing = files.filter((file) => /\bmodal: true\b/.test(readFileSync(join(folder, file), 'utf8')));
    assert.deepEqual(showing, ['base/ask-modal.ts']);
  }));
