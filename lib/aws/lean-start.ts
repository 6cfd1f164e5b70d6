/**
 * Takes WebSocket and its events out of `node:http`, for this process. Node 24 makes them when they are first asked for, and
 * asks for them itself as soon as an ES module imports `node:http`, as the AWS SDK does: that loads all of its `fetch`,
 * 15 ms of every cold start. Nothing here speaks WebSocket. Call it before `node:http` is imported.
 */
export function leaveOutWebSockets(): void {
  const http = process.getBuiltinModule('node:http');
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
    Object.defineProperty(http, name, { value: undefined, configurable: true, enumerable: true });
  }
}
