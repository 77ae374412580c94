// Asks for a key where the gateway asks for signatures, or spends the one-time code of
// `dragoman console` for one.
import { get, post } from './api.js';
import { h, put } from './dom.js';
import { field, form } from './elements.js';
import { session, signIn } from './session.js';
import { available } from './sigv4.js';

/** buy spends a one-time code, which is a key for this one call, and signs in with what it buys. */
export async function buy(code) {
  const dot = code.lastIndexOf('.'); // an id may have some, a secret has none
  const [id, secret] = [code.slice(0, Math.max(dot, 0)), code.slice(dot + 1)];
  const bought = await post('/_dragoman/console/session', {}, { key: { id, secret } });
  signIn({ id: bought.accessKeyId, secret: bought.secretAccessKey }, false);
}

/** ask fills main with the page that asks for a key; why says why it asks. */
export function ask(main, why) {
  document.title = 'Sign in · Dragoman';
  const key = field({ label: 'Access key', required: true, mono: true, autocomplete: 'username' });
  const secret = field({ label: 'Secret key', type: 'password', required: true, mono: true, autocomplete: 'off' });
  const token = field({ label: 'Session token', type: 'password', mono: true, hint: 'Only temporary keys have one.' });
  const remember = field({ label: 'Remember for this tab', type: 'checkbox' });
  const fault = h('p', { role: 'alert', class: 'problem' }, why);
  async function submit() {
    key.error = key.value.trim() ? '' : 'Which key?';
    secret.error = secret.value ? '' : 'Its secret?';
    if (!key.value.trim() || !secret.value) return (key.value.trim() ? secret : key).input.focus();
    put(fault);
    const tried = { id: key.value.trim(), secret: secret.value.trim(), token: token.value.trim() };
    try {
      await get('/_dragoman/settings', { key: tried });
    } catch (error) {
      // A key that may not see the settings is a key all the same.
      if (error.exception !== 'AccessDeniedException') {
        put(fault, error.message.split('\n')[0]);
        return;
      }
    }
    signIn(tried, remember.value);
  }
  const sign = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  put(main, h('div', { class: 'signin' },
    h('h1', { tabindex: '-1' }, 'Sign in'),
    h('p', { class: 'lead' }, 'This gateway asks for signatures. The key signs in your browser; its secret never leaves it.'),
    available() ? form(submit, key, secret, token, remember, fault, sign) : h('p', { role: 'alert', class: 'problem' }, 'Browsers sign on https and on localhost only. Open the console there, or through a tunnel.'),
    h('p', { class: 'hint' }, 'On the machine of the gateway, ', h('code', null, 'dragoman console'), ' opens this page signed in.')));
  key.input.focus();
}

/** wanted says whether there is a key to be asked for. */
export const wanted = () => session.signed && !session.key;
