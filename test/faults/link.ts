import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** When a link breaks by itself. */
interface Fuse {
  /** How many more pieces from the client it takes. */
  pieces: number;
  /** Whether the last of them still reaches the server: then what it asks for is done, but nobody is told. */
  delivered: boolean;
  blown: () => void;
}

/**
 * A simulated process's only way to a server: a TCP relay. Cut, it does to both sides what the death of the
 * process does, wherever it is: between two statements, inside a transaction, after a COMMIT is sent and
 * before its answer is read.
 */
export class Link {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isCut = false;
  private isPaused = false;
  private fuse: Fuse | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  /** Opens a way to the server of a URL, and tells the URL by it. */
  static async open(url: string): Promise<{ link: Link; url: string }> {
    const target = new URL(url);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = new Link(server, { host: target.hostname, port: Number(target.port) });
    const { port } = server.address() as AddressInfo;
    target.hostname = '127.0.0.1';
    target.port = String(port);
    return { link, url: target.href };
  }

  /** Ends all connections for good. Whoever connects again is hung up on: the port must not become another's. */
  cut(): void {
    this.isCut = true;
    this.fuse = undefined;
    this.reset();
  }

  /** Cuts the link in the middle of what is going on. Resolves when that has happened. */
  async cutAfter(pieces: number, delivered: boolean): Promise<void> {
    if (this.isCut) return;
    await new Promise<void>((resolve) => {
      this.fuse = { pieces, delivered, blown: resolve };
    });
  }

  /** Ends the present connections. */
  reset(): void {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
    this.pairs.clear();
  }

  /** Lets nothing through, either way, without breaking anything. */
  pause(): void {
    this.isPaused = true;
    for (const sockets of this.pairs) for (const socket of sockets) socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    for (const sockets of this.pairs) for (const socket of sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    if (this.isCut) {
      client.destroy();
      return;
    }
    const server = connect(this.target);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
      if (this.isPaused) socket.pause();
    }
    client.on('data', (piece) => {
      if (!this.mayPass()) return;
      server.write(piece);
    });
    server.on('data', (piece) => client.write(piece));
  }

  /** Whether a piece from the client reaches the server. It may be the last. */
  private mayPass(): boolean {
    const { fuse } = this;
    if (fuse === undefined) return true;
    fuse.pieces -= 1;
    if (fuse.pieces > 0) return true;
    this.fuse = undefined;
    if (fuse.delivered) setImmediate(() => this.blow(fuse));
    else this.blow(fuse);
    return fuse.delivered;
  }

  private blow(fuse: Fuse): void {
    this.cut();
    fuse.blown();
  }
}
