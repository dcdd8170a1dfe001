export * from './agent';
export * from './destroy';
export * from './errors';
export * from './filter';
export * from './limits';
export * from './sockets';
