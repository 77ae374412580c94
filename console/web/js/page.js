// What a page is handed: the place that it fills, its address, and what keeps it true while
// it is shown. All of it ends when the page is left.
import { Refused, Unreachable, connection, every } from './api.js';
import { h, put, setText } from './dom.js';
import { go } from './router.js';

/** state is what all pages know of the gateway: its settings, as GET /_dragoman/settings has them. */
export const state = { settings: {} };

export class Page {
  #left = new AbortController();
  #missing = new Map(); // names of nodes, by what was asked of them

  constructor(main, place) {
    Object.assign(this, place, { main, signal: this.#left.signal, problem: h('div', { role: 'alert', class: 'problem', hidden: true }), silence: h('p', { role: 'status', class: 'notice', hidden: true }) });
    main.addEventListener('problem', (event) => this.fail(event.detail), { signal: this.signal });
    // What was refused while the gateway was away need not stand any longer.
    connection.addEventListener('change', () => connection.up && this.fail(null), { signal: this.signal });
  }

  get settings() { return state.settings; }

  /** readOnly says that nothing can be changed; why is the reason, for buttons that are greyed. */
  get readOnly() { return state.settings.readOnly === true; }
  get why() { return this.readOnly ? `Read-only: served from ${state.settings.file}` : ''; }

  /** show fills the page: a heading, what stands beside it, and the rest below. */
  show(heading, aside, ...children) {
    document.title = heading === 'Home' ? 'Dragoman' : `${heading} · Dragoman`;
    const title = h('h1', { tabindex: '-1' }, heading);
    put(this.main, h('header', { class: 'title' }, title, h('div', { class: 'aside' }, aside ?? [])), this.problem, this.silence, children);
    return title;
  }

  /** rename changes the heading. */
  rename(heading) {
    document.title = `${heading} · Dragoman`;
    this.main.querySelector('h1').textContent = heading;
  }

  /** fail tells what went wrong; null takes it back. */
  fail(error) {
    if (error?.name === 'AbortError' || error instanceof Unreachable) return; // the status tells
    this.problem.hidden = !error;
    put(this.problem, error ? error.message.split('\n')[0] : '');
    if (error && !(error instanceof Refused)) console.error(error);
  }

  /**
   * missing names the nodes of a fleet that gave no answer to one of the page's questions, so that
   * what is shown is not taken for all there is. None, or undefined, takes it back.
   */
  missing(nodes, question = '') {
    this.#missing.set(question, nodes ?? []);
    const all = [...new Set([...this.#missing.values()].flat())].sort();
    this.silence.hidden = all.length === 0;
    setText(this.silence, all.length === 0 ? '' : all.length === 1 ? `Node ${all[0]} does not answer: what it has is missing here.` : `Nodes ${all.join(', ')} do not answer: what they have is missing here.`);
  }

  /** every calls f now and each ms, 1 s unless said, until the page is left; it resolves after the first call. */
  every(f, ms = 1000) {
    let failed = false;
    return new Promise((first) => every(ms, this.signal, async () => {
      try {
        await f();
        if (failed) this.fail(null);
        failed = false;
      } catch (error) {
        if (this.signal.aborted) return;
        failed = !(error instanceof Unreachable);
        this.fail(error);
      } finally {
        first();
      }
    }));
  }

  /** onaddress is called when the address changes and this page still shows it; without it, or when it answers false, the page is opened anew. */
  onaddress = null;

  go(to, options) { go(to, options); }

  leave() { this.#left.abort(); }
}
