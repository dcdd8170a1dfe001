/** A filter that names what is not there: that is no mistake, and said on standard error. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

describe('a filter that names what is not there', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());

  const absent: readonly [string, RegExp][] = [
    ['user:nosuchuser', /^There is no user "nosuchuser" in \/etc\/passwd: give a uid, such as user:1000\.$/m],
    ['pid:4194304', /^No process 4194304 can be seen here\.$/m], // beyond the largest pid
    ['net:1', /^No network namespace that can be read here has the inode 1\.$/m],
    ['container:nosuch', /^Neither podman nor docker, asked as this user, has a container "nosuch"\.$/m],
  ];
  for (const [term, hint] of absent)
    it(`says so: ${term}`, async () => {
      const list = await stage.sockscope(['list', term, '--json']);
      assert.deepEqual([list.code, list.json.sockets], [0, []]);
      assert.match(list.stderr, hint);
      for (const words of [
        ['inspect', term],
        ['destroy', term, '--yes'],
      ]) {
        const { code, stderr } = await stage.sockscope(words);
        assert.equal(code, 4);
        assert.match(stderr, hint);
      }
    });

  it('that no socket matches is said, and is no failure', async () => {
    for (const [options, rows] of [
      [[], /^PROTO .*COOKIE +NOTES\n$/],
      [['--json'], /"sockets":\[\]/],
    ] as const) {
      const { code, stdout, stderr } = await stage.sockscope(['list', ':1', ...options]);
      assert.equal(code, 0);
      assert.match(stderr, /^No socket matches :1\.$/m);
      assert.match(stdout, rows);
    }
    const alone = await stage.sockscope(['list', ':1'], { user: stranger });
    assert.equal(alone.code, 0);
    assert.match(alone.stderr, /^No socket that can be seen without the agent matches :1\.$/m);
  });

  it('says nothing of what is there', async () => {
    const words = [
      'list',
      `user:${stage.user.name},0`,
      `pid:${process.pid}`,
      `net:${stage.netns.inode}`,
      ':1',
    ];
    const { code, stderr } = await stage.sockscope(words);
    assert.deepEqual([code, stderr], [0, `No socket matches ${words.slice(1).join(' ')}.\n`]);
  });

  it('says nothing of a namespace that has ended since an earlier list', async () => {
    const other = stage.makeNetns('ended');
    const { json } = await stage.sockscope(['list', '--json']);
    assert.ok(json.namespaces.some(({ netns }: { netns: number }) => netns === other.inode));
    other.remove();
    const { code, stderr } = await stage.sockscope(['list', ':1', '--json']);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /\(ESRCH\)/);
  });
});
