// The platform under test (stage.py), as a process that is told what to do.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface About {
  port: number;
  user: string;
  password: string;
  portal: string;
  iqn: string;
  folder: string;
}

interface Answer {
  ok?: unknown;
  error?: string;
}

export class Stage {
  about!: About;
  private readonly lines: AsyncIterator<string>;
  private said = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (piece: Buffer) => (this.said += piece.toString()));
  }

  static async begin(options: readonly string[] = []): Promise<Stage> {
    const script = fileURLToPath(new URL('stage.py', import.meta.url));
    const stage = new Stage(spawn('python3', [script, ...options], { stdio: ['pipe', 'pipe', 'pipe'] }));
    stage.about = JSON.parse(await stage.line()) as About;
    return stage;
  }

  // One after the other.
  async do<T = null>(verb: string, ...args: unknown[]): Promise<T> {
    this.child.stdin.write(`${JSON.stringify([verb, ...args])}\n`);
    const answer = JSON.parse(await this.line()) as Answer;
    if (answer.error) throw new Error(answer.error);
    return answer.ok as T;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
  }

  private async line(): Promise<string> {
    const next = await this.lines.next();
    if (next.done) throw new Error(`the platform ended: ${this.said}`);
    return next.value;
  }
}
