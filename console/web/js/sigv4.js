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

/**
 * sign answers the headers that prove a request. url is a URL, body bytes, key has
 * {id, secret, token}, scope {region, service}.
 */
export async function sign(method, url, body, key, scope, now = new Date()) {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const hash = hex(await crypto.subtle.digest('SHA-256', body));
  const headers = { 'x-amz-content-sha256': hash, 'x-amz-date': time };
  if (key.token) headers['x-amz-security-token'] = key.token;
  const signed = { host: url.host, ...headers };
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
  const within = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, within, hex(await crypto.subtle.digest('SHA-256', text.encode(canonical)))].join('\n');
  let signing = text.encode('AWS4' + key.secret);
  for (const step of within.split('/')) signing = await hmac(signing, step);
  const signature = hex(await hmac(signing, toSign));
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.id}/${within}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}
