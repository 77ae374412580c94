'use strict';
const { spawn } = require('node:child_process');
const readline = require('node:readline');

const LOGGED = 64 * 1024; // characters of its log that are kept, the last
const END = 30_000; // milliseconds until a gateway must have ended

/** The path of the binary for this platform, which a package of its own has. */
function binaryPath() {
  if (process.env.DRAGOMAN_BINARY) return process.env.DRAGOMAN_BINARY;
  const name = `@dragoman-gateway/${process.platform}-${process.arch}`;
  const file = process.platform === 'win32' ? 'dragoman.exe' : 'bin/dragoman';
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    throw new Error(`there is no package ${name}: this platform has none, or it was installed without optional dependencies`);
  }
}

async function startDragoman(options = {}) {
  const { template, seed, port = 0, flags = [], cwd, env = {}, binary = binaryPath(), timeout = 60_000 } = options;
  if (template !== undefined && seed !== undefined) throw new TypeError('template and seed exclude each other');
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new TypeError('port: want 0 to 65535');
  const args = template !== undefined
    ? ['up', '--json', '--once', '--data-dir', '', '--listen', `127.0.0.1:${port}`, '--management', '127.0.0.1:0', ...flags, template]
    : ['serve', '--data-dir', '', '--allow-reset', '--listen', `127.0.0.1:${port}`, '--management', '127.0.0.1:0', ...(seed === undefined ? [] : ['--seed', seed]), ...flags];
  // What is meant for a gateway elsewhere must not open or fill this one.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DRAGOMAN_')));
  // Its input stays open for as long as this process lives: `up --once` ends with it.
  const child = spawn(binary, args, { cwd, env: { ...inherited, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  const keep = (text) => { log = (log + text).slice(-LOGGED); };
  child.stderr.setEncoding('utf8').on('data', keep);
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => {
    child.on('error', (error) => { keep(error.message); resolve(); });
    child.on('close', resolve);
  });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  ended.then(() => process.removeListener('exit', killed));

  let late;
  const ready = await new Promise((resolve) => {
    late = setTimeout(() => { keep(`it did not serve within ${timeout} ms`); child.kill('SIGKILL'); resolve(); }, timeout);
    ended.then(() => resolve());
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      let event;
      try { event = JSON.parse(line); } catch { return keep(line + '\n'); }
      if (event.event === 'ready') resolve(event);
      else if (event.event === 'fault') keep(line + '\n');
    });
  });
  clearTimeout(late);
  if (!ready) {
    await ended;
    throw new Error(`dragoman did not start: ${log.trim()}`);
  }
  return new Gateway(child, ended, ready, template === undefined);
}

class Gateway {
  #child; #ended; #empty;

  constructor(child, ended, ready, empty) {
    this.#child = child;
    this.#ended = ended;
    this.#empty = empty;
    this.management = ready.management;
    this.data = ready.data;
    this.apis = ready.apis ?? [];
    this.outputs = ready.outputs ?? {};
  }

  url(api, stage) {
    const known = this.apis.find((a) => a.logicalId === api) ?? this.apis.find((a) => a.name === api || a.id === api);
    if (known && stage === undefined && known.urls.length > 0) return known.urls[0];
    return `${this.data}/_aws/execute-api/${known ? known.id : api}${stage === undefined ? '' : `/${stage}`}`;
  }

  webSocketUrl(api, stage) {
    return this.url(api, stage).replace(/^http/, 'ws');
  }

  async reset() {
    if (!this.#empty) throw new Error('a gateway that serves a template is not emptied');
    const answer = await fetch(`${this.management}/_dragoman/reset`, { method: 'POST' });
    if (answer.status !== 204) throw new Error(`the gateway was not emptied: ${answer.status} ${await answer.text()}`);
  }

  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), END);
      await this.#ended;
      clearTimeout(late);
    }
  }
}

module.exports = { startDragoman, binaryPath };
