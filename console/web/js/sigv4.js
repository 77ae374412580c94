// Signs requests with AWS Signature Version 4.
// Documented: AWS General Reference, Create a signed AWS API request.

const text = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');
const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

/** available says whether this browser signs: it does on https and on names of this machine. */
export const available = () => globalThis.crypto?.subtle !== undefined;

async function hmac(key, message) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, text.encode(message));
}

/** stamp is a moment as signatures have it, and the scope of keys derived on its day. */
function stamp(scope, now) {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  return { time, within: `${time.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request` };
}

const digest = async (bytes) => hex(await crypto.subtle.digest('SHA-256', bytes));

/** signature proves a request: signed are its headers, by their names in lower case. */
async function signature(method, url, signed, hash, secret, { time, within }) {
  const names = Object.keys(signed).sort();
  const query = [...url.searchParams].map(([k, v]) => [encode(k), encode(v)]);
  query.sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1));
  const canonical = [
    method,
    url.pathname.split('/').map(encode).join('/'),
    query.map((pair) => pair.join('=')).join('&'),
    ...names.map((name) => `${name}:${signed[name]}`),
    '',
    names.join(';'),
    hash,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, within, await digest(text.encode(canonical))].join('\n');
  let signing = text.encode('AWS4' + secret);
  for (const step of within.split('/')) signing = await hmac(signing, step);
  return hex(await hmac(signing, toSign));
}

/**
 * sign answers the headers that prove a request. url is a URL, body bytes, key has
 * {id, secret, token}, scope {region, service}.
 */
export async function sign(method, url, body, key, scope, now = new Date()) {
  const at = stamp(scope, now);
  const hash = await digest(body);
  const headers = { 'x-amz-content-sha256': hash, 'x-amz-date': at.time };
  if (key.token) headers['x-amz-security-token'] = key.token;
  const signed = { host: url.host, ...headers };
  const proof = await signature(method, url, signed, hash, key.secret, at);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.id}/${at.within}, SignedHeaders=${Object.keys(signed).sort().join(';')}, Signature=${proof}`;
  return headers;
}

/** presign adds to the query of a GET what proves it for a minute, where no headers can be set. */
export async function presign(url, key, scope, now = new Date()) {
  const at = stamp(scope, now);
  const proof = { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': `${key.id}/${at.within}`, 'X-Amz-Date': at.time, 'X-Amz-Expires': '60', 'X-Amz-SignedHeaders': 'host' };
  if (key.token) proof['X-Amz-Security-Token'] = key.token;
  for (const [name, value] of Object.entries(proof)) url.searchParams.set(name, value);
  url.searchParams.set('X-Amz-Signature', await signature('GET', url, { host: url.host }, await digest(new Uint8Array()), key.secret, at));
}
