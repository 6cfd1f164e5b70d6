/** TLS servers on loopback, for tests and for the benchmark. */
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, createServer, type SecureContext } from 'node:tls';
import type { Authority, Pair } from './certificates.ts';

export type RunningServer = {
  readonly port: number;
  /** How many connections there are. */
  readonly open: () => number;
  close(): Promise<void>;
};

/** Listens on a free port. */
export async function listening(server: Server, host = '127.0.0.1'): Promise<RunningServer> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    // Who asks goes away without a goodbye.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that shows one certificate to everybody. */
export async function startTlsServer(pair: Pair, host?: string): Promise<RunningServer> {
  return listening(quiet(createServer({ ...pair })), host);
}

/**
 * A server that finds a certificate for each name, and refuses the handshake if there is none. Each handshake takes
 * `delayMs` longer.
 */
export async function startServerByName(
  find: (name: string) => Promise<Pair | undefined>,
  delayMs = 0,
): Promise<RunningServer> {
  const contexts = new Map<string, SecureContext | undefined>();
  const contextFor = async (name: string): Promise<SecureContext | undefined> => {
    if (!contexts.has(name)) {
      const pair = await find(name);
      contexts.set(name, pair && createSecureContext({ ...pair }));
    }
    return contexts.get(name);
  };
  const server = createServer({
    SNICallback: (name, done) => {
      Promise.all([contextFor(name), sleep(delayMs)]).then(([context]) => done(null, context), done);
    },
  });
  return listening(quiet(server));
}

/** A certificate of its own for each of these names, issued at its first handshake. */
export function eachItsOwn(
  authority: Authority,
  names: ReadonlySet<string>,
): (name: string) => Promise<Pair | undefined> {
  return async (name) => (names.has(name) ? authority.issue({ names: [name] }) : undefined);
}

function quiet<T extends Server>(server: T): T {
  return server.on('tlsClientError', () => {});
}
