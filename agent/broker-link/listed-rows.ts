/** The rows of a list, as the addon writes them (native/src/join): in columns for clients, or as JSON for scripts. */

import type { Container } from '../protocol';
import { type JsonRows, layout, type RowTexts, type SocketJoin, type SocketPage } from './native';
import { decodeAddress } from './records';

/** In place of a number that there is none of. */
const none = 0xffff_ffff;

/** What is not in the rows, as JSON. */
export interface ListTexts extends Pick<RowTexts, 'kind'> {
  address(address: string): string;
  /** The members of an owner that its program has. `command`: characters of its command line that are left; null: all. */
  program(program: number, command: number | null): string;
  container(container: Container): string;
}

/** A page of a list, whose columns are JSON already. */
export interface RowPage extends Pick<SocketPage, 'end' | 'columns'> {
  /** `command`: characters of its command line that are left; null: all. */
  readonly processes: readonly { readonly program: number; readonly command: number | null }[];
  readonly addresses: readonly string[];
  readonly containers: readonly Container[];
}

export class ListedRows {
  readonly #join: SocketJoin;
  readonly #listed: Uint32Array;
  readonly #containers: readonly Container[];

  /** `containers`: by their numbers in the join. */
  constructor(join: SocketJoin, listed: Uint32Array, containers: readonly Container[]) {
    this.#join = join;
    this.#listed = listed;
    this.#containers = containers;
  }

  get length(): number {
    return this.#listed.length / 2;
  }

  /** Each once. */
  get containers(): readonly Container[] {
    return this.#containersOf(this.#join.containersOfList(this.#listed));
  }

  /** The sum of all. */
  get ownersLeftOut(): number {
    return this.#join.ownersLeftOutOfList(this.#listed);
  }

  /** So many rows, at least one, until they have about so many bytes of JSON. */
  page(start: number, maxRows: number, maxBytes: number): RowPage {
    const page = this.#join.page(this.#listed, start, maxRows, maxBytes);
    const { end, columns } = page;
    return {
      end,
      columns,
      processes: pairs(page.processes).map(([program, command]) => ({ program, command: lengthOf(command) })),
      addresses: decodeAddresses(page.addresses),
      containers: this.#containersOf(page.containers),
    };
  }

  /** JSON of the rows from `start`, with commas in between: at least one, until it has so many bytes. */
  json(start: number, maxBytes: number, texts: ListTexts): JsonRows {
    return this.#join.json(this.#listed, start, maxBytes, {
      kind: texts.kind,
      address: (family, bytes) => texts.address(decodeAddress(bytes, 0, family)),
      program: (program, command) => texts.program(program, lengthOf(command)),
      container: (number) => texts.container(this.#containers[number] as Container),
    });
  }

  #containersOf(numbers: Uint32Array): Container[] {
    return Array.from(numbers, (number) => this.#containers[number]).filter((one) => one !== undefined);
  }
}

function lengthOf(command: number): number | null {
  return command === none ? null : command;
}

function pairs(numbers: Uint32Array): (readonly [number, number])[] {
  return Array.from({ length: numbers.length / 2 }, (_, at) => [
    numbers[2 * at] ?? 0,
    numbers[2 * at + 1] ?? 0,
  ]);
}

function decodeAddresses(bytes: Buffer): string[] {
  const { size, offsets } = layout.page_address;
  return Array.from({ length: bytes.length / size }, (_, at) =>
    decodeAddress(bytes, at * size + offsets.bytes, bytes.readUInt16LE(at * size + offsets.family)),
  );
}
