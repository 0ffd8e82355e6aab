// A scripted OpenAI-compatible model provider.

import { createServer } from 'node:http';

export class Upstream {
  /** @type {string[]} */
  texts = [];
  /** @type {any[]} */
  seen = [];
  /** @type {Promise<void> | null} */
  #gate = null;
  #open = () => {};
  #server = createServer((request, response) => void this.#answer(request, response));

  static async start() {
    const upstream = new Upstream();
    await new Promise((resolve) => upstream.#server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return upstream;
  }

  get baseUrl() {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`;
  }

  /** Answers stop in the middle until `release`. */
  hold() {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release() {
    this.#open();
    this.#gate = null;
  }

  stop() {
    this.release();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #answer(request, response) {
    let body = '';
    for await (const piece of request) body += piece;
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'quill-1', object: 'model', owned_by: 'scripted' }] }));
      return;
    }
    this.seen.push(JSON.parse(body));
    const text = this.texts.shift() ?? 'Nothing more to say.';
    const words = text.match(/\S+\s*|\s+/g) ?? [];
    response.setHeader('content-type', 'text/event-stream');
    /** @type {(choices: unknown[], usage?: unknown) => void} */
    const send = (choices, usage = null) => {
      const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'quill-1', choices, usage };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    };
    for (const [index, content] of words.entries()) {
      if (index === Math.floor(words.length / 2) && this.#gate) await this.#gate;
      send([{ index: 0, delta: { content }, finish_reason: null }]);
    }
    send([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    send([], { prompt_tokens: 100, completion_tokens: words.length, total_tokens: 100 + words.length });
    response.end('data: [DONE]\n\n');
  }
}
