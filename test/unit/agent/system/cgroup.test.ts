import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cgroupPath, containerOf, unitOf } from '../../../../agent/system/cgroup';

const id = '4f5a'.repeat(16);

describe('cgroup paths', () => {
  const containers: readonly [path: string, runtime: string][] = [
    [`/docker/${id}`, 'docker'],
    [`/system.slice/docker-${id}.scope`, 'docker'],
    [`/machine.slice/libpod-${id}.scope`, 'podman'],
    [`/libpod_parent/libpod-${id}`, 'podman'],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`, 'podman'],
    [`/kubepods.slice/kubepods-pod7.slice/cri-containerd-${id}.scope`, 'containerd'],
    [`/kubepods.slice/crio-${id}.scope`, 'cri-o'],
    [`/kubepods/burstable/pod7/${id}`, 'unknown'],
  ];
  for (const [path, runtime] of containers)
    it(`identify the container of ${runtime} in ${path.replace(id, 'ID')}`, () =>
      assert.deepEqual(containerOf(path), { id, runtime, name: null }));

  it('identify named containers', () => {
    assert.equal(containerOf('/lxc.payload.web/init.scope')?.id, 'web');
    assert.equal(containerOf('/machine.slice/machine-web.scope')?.id, 'web');
  });

  it('identify no container if there is none', () => {
    assert.equal(containerOf('/user.slice/user-1000.slice/session-3.scope'), null);
    assert.equal(containerOf('/system.slice/docker.service'), null);
    assert.equal(containerOf('/'), null);
  });

  it('identify the innermost unit', () => {
    assert.equal(unitOf('/system.slice/nginx.service'), 'nginx.service');
    assert.equal(
      unitOf('/user.slice/user-1000.slice/user@1000.service/app.slice/app-code.scope'),
      'app-code.scope',
    );
    assert.equal(unitOf('/user.slice'), null);
  });

  it('are taken from the most specific line', () => {
    const lines = `12:memory:/docker/${id}\n4:cpu:/\n0::/\n`;
    assert.equal(cgroupPath(lines), `/docker/${id}`);
    assert.equal(cgroupPath('0::/system.slice/nginx.service\n'), '/system.slice/nginx.service');
    assert.equal(cgroupPath('0::/\n'), '/');
    assert.equal(cgroupPath(''), null);
  });
});
