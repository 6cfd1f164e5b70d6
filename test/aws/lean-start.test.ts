import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Takes a program; returns whether Node loaded its `fetch` in it. */
function loadsFetch(program: string): boolean {
  const report = `console.log(process.moduleLoadList.some((name) => name.endsWith('deps/undici/undici')));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', `${program}; ${report}`]);
  return printed.toString().trim() === 'true';
}

describe('a start without WebSocket', () => {
  it('imports node:http without loading the fetch of Node, which it would otherwise', () => {
    const leave = `import { leaveOutWebSockets } from './lib/aws/lean-start.ts'; leaveOutWebSockets();`;
    expect(loadsFetch(`await import('node:http')`)).toBe(true);
    expect(loadsFetch(`${leave} await import('node:http')`)).toBe(false);
  });

  it('leaves the clients of HTTP as they are', () => {
    const program = `
      import { leaveOutWebSockets } from './lib/aws/lean-start.ts'; leaveOutWebSockets();
      const { request, Agent, WebSocket } = await import('node:http');
      if (typeof request !== 'function' || typeof Agent !== 'function' || WebSocket !== undefined) throw new Error('no');`;
    expect(() => loadsFetch(program)).not.toThrow();
  });
});
