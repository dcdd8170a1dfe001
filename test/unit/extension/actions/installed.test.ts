import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installQuestion, updateQuestion } from '../../../../extension/actions/installed-text';
import type { Translate } from '../../../../extension/base/text';

const t: Translate = (message, ...args) =>
  message.replace(/\{(\d)\}/g, (_, index: string) => args[Number(index)] ?? '');

describe('questions about the installed copy', () => {
  it('say the difference in plain words, and the command', () => {
    const { detail } = installQuestion(t, { kind: 'absent' }, 'sudo x');
    assert.match(detail, /files that your account can write/);
    assert.match(detail, /sudo then never runs a file that a program of yours could have changed/);
    assert.match(detail, /\n\nsudo x$/);
  });

  it('say what is in place', () => {
    const sound = { kind: 'sound', program: '', runtime: '', version: '1.2.3', protocol: 1 } as const;
    assert.match(installQuestion(t, sound, 'sudo x').detail, /^Version 1\.2\.3 is installed;/);
    const unsound = { kind: 'unsound', reason: 'It may be\u202eanything' } as const;
    assert.match(installQuestion(t, unsound, 'sudo x').detail, /^It may be\\u\{202e\}anything\./);
  });

  it('say of a copy that does not fit what each button starts', () => {
    const { message, detail } = updateQuestion(t, { reason: 'It is old' }, ['sudo x', 'sudo y']);
    assert.equal(message, 'It is old.');
    assert.match(
      detail,
      /^Update and Start .*\n\nsudo x\nsudo y\n\nStart Writable Copy .* could have changed them\.$/,
    );
  });
});
