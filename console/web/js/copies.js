// The commands by which what a record tells of is done again, to be copied. They work as they
// are: what resolvers and clients may not know, such as names below localhost, is in none of them.
import { get } from './api.js';
import { part } from './dom.js';
import { step } from './trace.js';

const quote = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
const python = (text) => JSON.stringify(String(text));
const secret = /‹\d+:[^›]{4}›/; // as records hide them
const variable = (name) => name.toUpperCase().replace(/\W/g, '_');

/** shell writes a header for a shell; what was hidden is for a variable to say. */
const shell = ([name, value]) => (secret.test(value) ? `"${name}: $${variable(name)}"` : quote(`${name}: ${value}`));
const pair = ([name, value]) => `${python(name)}: ${secret.test(value) ? `os.environ[${python(variable(name))}]` : python(value)}`;

/** listener is how an API is reached: {scheme, at, api}; api is its endpoint where others than this machine know that. */
async function listener(trace, settings) {
  const api = trace.api ? await get(`/v2/apis/${part(trace.api)}`).catch(() => null) : null;
  const endpoint = new URL((api?.apiEndpoint ?? `http://${settings.data}`).replace(/^ws/, 'http'));
  const known = api && !endpoint.hostname.endsWith('.localhost');
  return { scheme: endpoint.protocol, at: endpoint.protocol === 'https:' ? `localhost:${endpoint.port || 443}` : settings.data ?? `localhost:${endpoint.port}`, api: known ? endpoint.href.replace(/\/$/, '') : '' };
}

/** lines are the headers of a request that a client may write itself. */
function lines(trace) {
  const own = /^(host|connection|content-length|upgrade|sec-websocket-(key|version|extensions)|transfer-encoding|accept-encoding|x-amz-(date|content-sha256))$/i;
  return Object.entries(step(trace, 'receive').headers ?? {}).filter(([name]) => !own.test(name)).flatMap(([name, value]) => [value].flat().map((v) => [name, v]));
}

/** request is where a request went, and its headers: a name that only this gateway knows is one of those. */
async function request(trace, settings) {
  const received = step(trace, 'receive');
  const to = await listener(trace, settings);
  const host = step(trace, 'host').host || Object.entries(received.headers ?? {}).find(([name]) => /^host$/i.test(name))?.[1] || to.at;
  const direct = to.api || /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host);
  const query = received.query && typeof received.query === 'object' ? new URLSearchParams(Object.entries(received.query).flatMap(([k, v]) => [v].flat().map((one) => [k, one]))).toString() : received.query;
  return { url: `${to.scheme}//${direct ? host : to.at}${received.path ?? '/'}${query ? '?' + query : ''}`, headers: direct ? lines(trace) : [['Host', host], ...lines(trace)] };
}

/** base is the stage of a record as an address. */
async function base(trace, settings) {
  const to = await listener(trace, settings);
  const stage = part(trace.stage);
  return to.api ? `${to.api}/${stage}` : `${to.scheme}//${to.at}/_aws/execute-api/${part(trace.api)}/${stage}`;
}

/** handshake is the request that a record's connection began with; without a record of it, the stage alone. */
async function handshake(trace, settings) {
  if (trace.kind === 'connect') return request(trace, settings);
  const kept = await get('/_dragoman/traces', { query: { connection: trace.connection, limit: 1000 } }).catch(() => ({ traces: [] }));
  const first = kept.traces.find((t) => t.kind === 'connect');
  return first ? request(first, settings) : { url: await base(trace, settings), headers: [] };
}

const posted = (trace) => (trace.kind === 'callback' ? step(trace, 'receive').body : step(trace, 'frame').body) ?? '';

/**
 * copies are the commands of a record, by the name of their button. A message goes over a
 * WebSocket, which curl and boto3 have none of: they post to its connection what it was answered.
 */
export const copies = {
  'Copy as curl': async (trace, settings) => {
    if (trace.kind === 'message' || trace.kind === 'disconnect') {
      const signed = settings.auth === 'sigv4' ? ` --aws-sigv4 ${quote(`aws:amz:${settings.region}:execute-api`)} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"` : '';
      return `curl -i${signed} ${quote(`${await base(trace, settings)}/@connections/${part(trace.connection)}`)} --data-binary ${quote(posted(trace))}`;
    }
    const received = step(trace, 'receive');
    const { url, headers } = await request(trace, settings);
    const upgrade = trace.kind === 'connect' ? ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='] : [];
    return ['curl -i', trace.kind === 'connect' ? '--max-time 5' : '', received.method === 'HEAD' ? '--head' : received.method && received.method !== 'GET' ? `-X ${received.method}` : '', quote(url), ...headers.map((line) => `-H ${shell(line)}`), ...upgrade.map((line) => `-H ${quote(line)}`),
      received.body ? `--data-binary ${quote(received.body)}` : ''].filter(Boolean).join(' ');
  },
  'Copy as wscat': async (trace, settings) => {
    if (!trace.connection && trace.kind !== 'connect') throw new Error('An HTTP request has no WebSocket: copy it as curl');
    const { url, headers } = await handshake(trace, settings);
    const offered = headers.filter(([name]) => /^sec-websocket-protocol$/i.test(name)).map(([, value]) => ` -s ${quote(value)}`);
    const others = headers.filter(([name]) => !/^sec-websocket-protocol$/i.test(name)).map((line) => ` -H ${shell(line)}`);
    const sent = trace.kind === 'message' ? ` -x ${quote(step(trace, 'receive').body ?? '')} -w 3` : '';
    return `wscat -c ${quote(url.replace(/^http/, 'ws'))}${offered.join('')}${others.join('')}${sent}`;
  },
  'Copy as boto3': async (trace, settings) => {
    if (trace.connection) {
      return ['import boto3', '', `client = boto3.client("apigatewaymanagementapi", region_name=${python(settings.region ?? 'us-east-1')}, endpoint_url=${python(await base(trace, settings))})`,
        `client.post_to_connection(ConnectionId=${python(trace.connection)}, Data=${python(posted(trace))}.encode())`].join('\n');
    }
    const received = step(trace, 'receive');
    const { url, headers } = await request(trace, settings);
    return ['import boto3, os, urllib.error, urllib.request', 'from botocore.auth import SigV4Auth', 'from botocore.awsrequest import AWSRequest', '',
      `request = AWSRequest(${python(received.method ?? 'GET')}, ${python(url)}, headers={${headers.filter(([k]) => !/^(authorization|x-amz-security-token)$/i.test(k)).map(pair).join(', ')}}, data=${python(received.body ?? '')}.encode() or None)`,
      `SigV4Auth(boto3.Session().get_credentials(), "execute-api", ${python(settings.region ?? 'us-east-1')}).add_auth(request)`,
      'try:', '    answer = urllib.request.urlopen(urllib.request.Request(request.url, request.data, dict(request.headers), method=request.method))', 'except urllib.error.HTTPError as refused:', '    answer = refused',
      'print(answer.status, answer.read().decode())'].join('\n');
  },
};
