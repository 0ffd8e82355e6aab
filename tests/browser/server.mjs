// The built binary, serving on a port of its own with data of its own.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE = 60_000;
const BINARY =
  process.env.CARREL_BIN ??
  join(process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache/carrel/target'), 'debug/carrel');

export const PASSWORD = 'a long walk to the library';

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

export class Server {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {string[]} */
  #said = [];

  /**
   * @param {string} data
   * @param {number} port
   * @param {Record<string, string>} environment
   */
  constructor(data, port, environment) {
    this.data = data;
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.environment = environment;
  }

  /** @param {Record<string, string>} [environment] */
  static async start(environment = {}) {
    const data = await mkdtemp(join(tmpdir(), 'carrel-browser-'));
    const server = new Server(data, await freePort(), environment);
    await server.run();
    return server;
  }

  /** Starts it, again on the same port and data after `kill`. */
  async run() {
    this.#said = [];
    const child = spawn(BINARY, ['serve', '--data-dir', this.data, '--listen', `127.0.0.1:${this.port}`], {
      cwd: this.data,
      env: {
        PATH: process.env.PATH,
        HOME: this.data,
        CARREL_OLLAMA_BASE_URL: 'off',
        // Tests click faster than people, all from one address.
        CARREL_LIMITS_PER_ADDRESS_PER_MINUTE: '0',
        CARREL_LIMITS_PER_PERSON_PER_MINUTE: '0',
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.pipe(createWriteStream(join(this.data, 'server.log'), { flags: 'a' }));
    createInterface({ input: child.stdout }).on('line', (line) => this.#said.push(line));
    await this.until('an answer that the server is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${await this.log()}`);
      const answer = await fetch(`${this.origin}/ready`).catch(() => null);
      return answer?.ok;
    });
  }

  /**
   * Looks again until `look` finds something.
   * @template T
   * @param {string} what
   * @param {() => T | Promise<T>} look
   * @returns {Promise<NonNullable<Exclude<T, false>>>}
   */
  async until(what, look) {
    for (const begun = Date.now(); Date.now() - begun < DEADLINE; ) {
      const found = await look();
      if (found) return /** @type {any} */ (found);
      await pause(25);
    }
    throw new Error(`there was never ${what}: ${await this.log()}`);
  }

  /** The one-time link that makes the first account. */
  async setUpLink() {
    const line = await this.until('a set-up link', () => this.#said.find((said) => said.includes('/setup?token=')));
    const link = /http:\/\/\S*\/setup\?token=[\w%.~-]+/.exec(line)?.[0];
    if (!link) throw new Error(`no link in: ${line}`);
    return link;
  }

  /**
   * Makes the administrator by the API; gives a function that asks the API as them.
   */
  async setUp() {
    const token = new URL(await this.setUpLink()).searchParams.get('token');
    const person = { token, email: 'grace@example.org', name: 'Grace', password: PASSWORD };
    const made = await this.ask('POST', '/setup', person);
    if (made.status !== 201) throw new Error(`the set-up answered ${made.status}: ${await made.text()}`);
    const cookie = made.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const signedIn = await (await this.ask('POST', '/auth/login', person)).json();
    /** @type {(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<any>} */
    const api = async (method, path, body, headers) => {
      const answer = await this.ask(method, path, body, { authorization: `Bearer ${signedIn.token}`, ...headers });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return text === '' ? null : JSON.parse(text);
    };
    return { api, cookie };
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   */
  ask(method, path, body, headers = {}) {
    return fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  async log() {
    const log = await readFile(join(this.data, 'server.log'), 'utf8').catch(() => '');
    return log.split('\n').slice(-40).join('\n');
  }

  /** Ends it as a power cut would. */
  async kill() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop() {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }
}

/**
 * A document of these paragraphs, as its draft.
 * @param {Awaited<ReturnType<Server['setUp']>>['api']} api
 * @param {string} title
 * @param {string[]} paragraphs
 * @returns {Promise<string>} its id
 */
export async function written(api, title, paragraphs) {
  const { id } = await api('POST', '/documents', { title });
  const { version } = await api('GET', `/documents/${id}/draft`);
  const content = paragraphs.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] }));
  await api('PUT', `/documents/${id}/draft`, { tree: { type: 'doc', content } }, { 'if-match': `"${version}"` });
  return id;
}

/**
 * The text of a document's draft as the server has it.
 * @param {Awaited<ReturnType<Server['setUp']>>['api']} api
 * @param {string} id
 */
export async function draftText(api, id) {
  /** @type {(node: any) => string} */
  const text = (node) => node.text ?? (node.content ?? []).map(text).join(node.type === 'paragraph' ? '' : '\n');
  return text((await api('GET', `/documents/${id}/draft`)).tree);
}
