/** The question of an act, as chats and dialogs of the editor show it. Pure. */

import { plain, unbroken, withArrow } from '../base/text';

/** Characters of a line. Tools bound their questions; a step of which a part is missing is none that its user could agree to. */
const maxLine = 20_000;

/**
 * Title and detail. Chats read them as Markdown, in which names could be links or images, and stand for characters that are escaped here
 * (`&#8238;`); dialogs as they are.
 */
export function questionText(question: string): [title: string, detail: string] {
  const [title = '', ...lines] = question.split('\n').map((line) =>
    unbroken(withArrow(plain(line, maxLine)))
      .replaceAll('](', '] (')
      .replaceAll('<', '‹')
      .replace(/&(?=[#\w])/g, '& '),
  );
  return [title, lines.join('\n\n')];
}
