import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hidingOption } from '../../../../agent/inspect/proc-options';

const line = (options: string) => `24 1 0:22 / /proc rw,nosuid shared:5 - proc proc ${options}\n`;

it('names the option of /proc that hides processes', () => {
  assert.equal(hidingOption(line('rw,gid=4,hidepid=invisible')), 'hidepid=invisible');
  assert.equal(hidingOption(line('rw,hidepid=2')), 'hidepid=2');
  assert.equal(hidingOption(line('rw,subset=pid')), 'subset=pid');
});

it('names none where every process is shown', () => {
  for (const options of ['rw', 'rw,hidepid=0', 'rw,hidepid=off'])
    assert.equal(hidingOption(line(options)), null, options);
  assert.equal(hidingOption(line('rw,hidepid=2') + line('rw')), null, 'a later mount covers it');
  assert.equal(hidingOption(''), null);
});
