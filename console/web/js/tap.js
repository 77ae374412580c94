// The live trace of APIs: whether it is on, and a notice with which it is turned on.
import { Refused, get, put as send } from './api.js';
import { h, put } from './dom.js';
import { button } from './elements.js';

/** on says whether a tap, as GET /_dragoman/tap answers it, is on for an API; for any, without one. */
export const on = (tap, api) => tap.apis === 'all' || (api ? tap.apis.includes(api.apiId ?? api) || tap.apis.includes(api.name) : tap.apis.length > 0);

/**
 * notice(page, {api}) says that the tap is off, and offers to turn it on, for one API or for
 * all; it is hidden while it is on. It follows what others do to it.
 */
export function notice(page, { api, onchange } = {}) {
  const of = api ? ` for ${api.name ?? api}` : '';
  let known;
  const turn = button('Turn on', async () => {
    const now = await get('/_dragoman/tap');
    const apis = api ? [...now.apis, api.apiId ?? api] : 'all';
    tell(await send('/_dragoman/tap', { apis, sample: now.sample || 1 }));
  }, { kind: 'primary' });
  const n = h('div', { class: 'notice', hidden: true });
  put(n, h('p', null, `The live trace is off${of}: what happens is not recorded.`), turn);
  function tell(tap) {
    const is = on(tap, api);
    n.hidden = is;
    if (known !== is) onchange?.(is);
    known = is;
  }
  page.every(async () => {
    try {
      tell(await get('/_dragoman/tap', { signal: page.signal }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // whose key may not know is told nothing
      n.hidden = true;
    }
  });
  return n;
}
