/** Pages of sockets in answers: of a list, whose columns or JSON the addon writes, and of sockets that are objects. */

import type { ListedRows, ListTexts } from '../broker-link/listed-rows';
import { jsonSize, pageEnd } from '../inventory/json-size';
import {
  type Container,
  jsonText,
  limits,
  type PackedProcess,
  type PackedSockets,
  packSockets,
  protocolOfNumber,
  type Socket,
  stateWord,
  unsupportedReason,
} from '../protocol';
import type { Program } from '../system/processes';
import { rawJson } from './raw-json';

/** What is listed, and the page of it from `start`: up to the limits of an answer, at least one socket. */
export interface Pages<Page> {
  readonly total: number;
  page(start: number): { readonly page: Page; readonly end: number };
}

/** Sockets of a scan. `named`: with the names that the client sent. */
export function packedPages(
  listed: ListedRows,
  programs: readonly Program[],
  named: (container: Container) => Container,
): Pages<PackedSockets> {
  return {
    total: listed.length,
    page: (start) => {
      const { end, processes, addresses, containers, columns } = listed.page(
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
  return [pid, startTime, name, cut(command, length)];
}

function cut(command: string, length: number | null): string {
  return length === null ? command : command.slice(0, length);
}

/** As packedPages, as JSON for scripts. */
export function jsonPages(
  listed: ListedRows,
  programs: readonly Program[],
  named: (container: Container) => Container,
): Pages<Buffer> {
  const texts = jsonTexts(programs, named);
  return {
    total: listed.length,
    page: (start) => {
      const { text, end } = listed.json(start, limits.answer, texts);
      return { page: text, end };
    },
  };
}

function jsonTexts(programs: readonly Program[], named: (container: Container) => Container): ListTexts {
  return {
    kind(number, kernelState, hasPort, isMptcpPath) {
      const protocol = protocolOfNumber(number);
      const state = stateWord(kernelState, protocol, hasPort);
      return {
        protocol: jsonText(protocol),
        state: jsonText(state),
        unsupportedReason: jsonText(unsupportedReason(protocol, state, isMptcpPath !== 0)),
      };
    },
    address: jsonText,
    program(number, length) {
      const { name, command } = programs[number] as Program;
      return `"name":${jsonText(name)},"command":${jsonText(cut(command, length))}`;
    },
    container: (container) => jsonText(named(container)),
  };
}

/** Sockets that are objects. */
export function objectPages(sockets: readonly Socket[]): Pages<PackedSockets> {
  return {
    total: sockets.length,
    page: (start) => {
      const end = pageEnd(sockets, start, jsonSize);
      return { page: packSockets(sockets.slice(start, end)), end };
    },
  };
}
