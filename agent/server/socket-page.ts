/** Pages of sockets in answers: of a list, whose columns the addon writes, and of sockets that are objects. */

import type { Inventory } from '../inventory/inventory';
import { jsonSize, pageEnd } from '../inventory/json-size';
import {
  type Container,
  limits,
  type PackedProcess,
  type PackedSockets,
  packSockets,
  type Socket,
} from '../protocol';
import type { Program } from '../system/processes';
import { rawJson } from './raw-json';

/** What is listed, and the page of it from `start`: up to the limits of an answer, at least one socket. */
export interface Pages {
  readonly total: number;
  page(start: number): { readonly page: PackedSockets; readonly end: number };
}

/** Sockets of a scan: those of these numbers, or (null) all that are not closed. `named`: with the names that the client sent. */
export function packedPages(
  { rows, programs }: Inventory,
  numbers: readonly number[] | null,
  named: (container: Container) => Container,
): Pages {
  const listed = rows.list(numbers);
  return {
    total: listed.length / 2,
    page: (start) => {
      const { end, processes, addresses, containers, columns } = rows.page(
        listed,
        start,
        limits.listPage,
        limits.answer,
      );
      const page: PackedSockets = {
        count: end - start,
        processes: processes.map(({ program, command }) => packProcess(programs[program], command)),
        addresses,
        containers: containers.map(named),
        columns: rawJson(columns),
      };
      return { page, end };
    },
  };
}

/** `length`: of the command line that is left. */
function packProcess(program: Program | undefined, length: number | null): PackedProcess {
  const { pid, startTime, name, command } = program as Program;
  return [pid, startTime, name, length === null ? command : command.slice(0, length)];
}

/** Sockets that are objects. */
export function objectPages(sockets: readonly Socket[]): Pages {
  return {
    total: sockets.length,
    page: (start) => {
      const end = pageEnd(sockets, start, jsonSize);
      return { page: packSockets(sockets.slice(start, end)), end };
    },
  };
}
