// A network between browser and lanewayd that can be cut and mended; the port stays the same.
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class Tunnel {
  port = 0;
  private server: Server | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly to: number) {}

  static async begin(to: number): Promise<Tunnel> {
    const tunnel = new Tunnel(to);
    await tunnel.mend();
    return tunnel;
  }

  mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.to, '127.0.0.1');
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      near.on('close', () => far.destroy()).pipe(far);
      far.on('close', () => near.destroy()).pipe(near);
    });
    this.server = server;
    return new Promise((resolve) =>
      server.listen(this.port, '127.0.0.1', () => {
        this.port = (server.address() as AddressInfo).port;
        resolve();
      }),
    );
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await closed;
  }
}
