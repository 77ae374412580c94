// By which key this page calls. It is in the page's memory alone, and in sessionStorage
// where the user asks for that; no cookie is ever set.

const kept = 'dragoman-key';
const meta = (name) => document.querySelector(`meta[name="dragoman-${name}"]`).content;

/** session.signed says whether the gateway asks for signatures; key is {id, secret, token} or null. */
export const session = { signed: meta('auth') === 'sigv4', region: sessionStorage.getItem('dragoman-region') ?? meta('region'), key: null };

/** inRegion has all calls from now on be for a region, in this tab. */
export function inRegion(region) {
  session.region = region;
  sessionStorage.setItem('dragoman-region', region);
}

/**
 * scoped are the headers that name the region of a call which needs no signature: a call's
 * region is that of its scope, whether or not anybody verifies it. Those for the gateway's own have none.
 */
export function scoped() {
  if (session.region === meta('region')) return {};
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  return { 'x-amz-date': time, authorization: `AWS4-HMAC-SHA256 Credential=console/${time.slice(0, 8)}/${session.region}/apigateway/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}` };
}

/** changed is told 'in' and 'out'. */
export const changed = new EventTarget();
const tell = (what) => changed.dispatchEvent(new CustomEvent('change', { detail: what }));

/** restore takes the key that was remembered for this tab. */
export function restore() {
  try {
    session.key = JSON.parse(sessionStorage.getItem(kept));
  } catch {
    session.key = null;
  }
}

export function signIn(key, remember) {
  session.key = key;
  if (remember) sessionStorage.setItem(kept, JSON.stringify(key));
  else sessionStorage.removeItem(kept);
  tell('in');
}

/** signOut forgets the key; why is shown where it is asked for again. */
export function signOut(why = '') {
  session.key = null;
  session.why = why;
  sessionStorage.removeItem(kept);
  tell('out');
}

/** takeCode takes a one-time code out of the address, so that no history has it; '' for none. */
export function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? '';
  if (code) history.replaceState(null, '', location.pathname + location.search);
  return code;
}
