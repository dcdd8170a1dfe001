import assert from 'node:assert/strict';
import { it } from 'node:test';
import { questionText } from '../../../../extension/tools/question-text';

it('names in a question are no links, images, tags or characters by number, and no step is cut', () => {
  const [title, detail] = questionText(
    `Free port 1?\n[a](command:b) ![c](d) <img> &#8238;&lrm;&#x200b; & co\n${'x'.repeat(3000)}`,
  );
  assert.equal(title, 'Free port 1?');
  assert.equal(detail, `[a] (command:b) ![c] (d) ‹img> & #8238;& lrm;& #x200b; & co\n\n${'x'.repeat(3000)}`);
});

it('a question has the arrow of the editor, and no number is parted from its unit', () =>
  assert.deepEqual(questionText('Destroy 1.2.3.4:5 -> 6.7.8.9:10?\nIt has 3 s to end.'), [
    'Destroy 1.2.3.4:5 → 6.7.8.9:10?',
    'It has 3\u00a0s to end.',
  ]));
