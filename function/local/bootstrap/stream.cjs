// Streams what handlers of awslambda.streamifyResponse write. It is loaded with the first
// of them, and so is http: no other handler needs it.
'use strict';
const http = require('http');
const { Writable } = require('stream');

// ResponseStream is what a streaming handler writes to. Its request begins with the
// first write, so that the handler may set the content type before.
class ResponseStream extends Writable {
  #begin;
  #request;
  #contentType = 'application/octet-stream';

  constructor(begin) {
    super({ highWaterMark: 64 << 10 });
    this.#begin = begin;
  }
  setContentType(type) {
    if (this.#request) throw Object.assign(new Error('Cannot set content-type, too late.'), { name: 'Runtime.InvalidStreamingOperation' });
    this.#contentType = type;
  }
  get request() {
    if (!this.#request) {
      this.#request = this.#begin(this.#contentType);
      this._onBeforeFirstWrite?.((part) => this.#request.write(part));
    }
    return this.#request;
  }
  write(part, ...rest) {
    if (typeof part !== 'string' && !(part instanceof Uint8Array)) part = JSON.stringify(part);
    return super.write(part, ...rest);
  }
  _write(part, encoding, done) {
    if (this.request.write(part, encoding)) done(); else this.request.once('drain', done);
  }
  _final(done) {
    this.request.end();
    done();
  }
}

// stream calls a handler by call, and sends what it writes to url. report tells an error
// that comes before the answer has begun; describe logs one that comes later, and gives
// its type and its JSON for the trailers of the answer.
module.exports = async function stream(url, { call, report, describe }) {
  let request;
  let answered;
  const out = new ResponseStream((contentType) => {
    request = http.request(url, { method: 'POST', agent: false, headers: {
      'Content-Type': contentType, 'Transfer-Encoding': 'chunked', 'Lambda-Runtime-Function-Response-Mode': 'streaming',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    } });
    answered = new Promise((resolve, reject) => request.on('error', reject).on('response', (response) => response.on('end', resolve).on('error', reject).resume()));
    return request;
  });
  const fail = (error) => {
    if (!request) return report(error);
    const { type, body } = describe(error);
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': type,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(body).toString('base64'),
    });
    request.end();
    return answered;
  };
  const ended = new Promise((resolve, reject) => {
    out.on('finish', resolve);
    out.on('error', reject);
    out.on('close', () => reject(new Error('Response stream is not finished.')));
  });
  ended.catch(() => {}); // it is awaited below
  let alive;
  try {
    await call(out);
    // A handler may return before what it has begun has been streamed, and one that never ends
    // its stream is over when its time is.
    alive = setInterval(() => {}, 1 << 30);
    await ended;
    await answered;
  } catch (error) {
    await fail(error);
  } finally {
    clearInterval(alive);
  }
}
