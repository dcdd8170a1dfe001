/** What the guest of the smoke wrote (scripts/qemu/smoke/guest/main.mjs). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Call<T> {
  readonly exitCode: number;
  readonly json: T | null;
  readonly stderr: string;
}

/** As a person sees it. */
interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface Destroyed {
  readonly results: readonly {
    readonly outcome: string;
    readonly engine: string;
    readonly errno: string | null;
    readonly message: string;
  }[];
}

export interface Guest {
  readonly error?: string;
  readonly release: string;
  readonly ports: { readonly server: number; readonly victim: number };
  readonly doctor: Call<{
    kernel: string;
    mode: string;
    engines: string[];
    checks: { name: string; ok: boolean; detail: string }[];
  }>;
  readonly holders: Readonly<Record<'client' | 'server', { kind: string; remedy: string; why: string }[][]>>;
  readonly list: Call<{ sockets: { state: string; local: Endpoint; owners: { name: string }[] }[] }>;
  readonly nothing: Call<unknown>;
  readonly livesAfterNothing: boolean;
  readonly destroy?: Call<Destroyed>;
  readonly ends: Readonly<Record<string, unknown>>;
  readonly timeWait: Call<Destroyed> | null;
  readonly udp: { readonly destroy: Call<Destroyed> | null; readonly errno: string | null };
  /** Why a connection was closed that its own program reset; null: no watch said so. */
  readonly reason: string | null;
  readonly texts: Readonly<Record<'doctor' | 'list' | 'plainList', Printed>>;
  /** The errno of connects during an outage, and after its command was killed. */
  readonly held: { readonly during: string | null; readonly after: string | null };
}

export function readGuest(): Guest {
  const file = process.env.SOCKSCOPE_GUEST_RESULT;
  assert.ok(file, 'SOCKSCOPE_GUEST_RESULT names the file that the guest wrote');
  return JSON.parse(readFileSync(file, 'utf8')) as Guest;
}
