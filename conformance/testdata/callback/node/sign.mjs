// Signs a call of @connections as Signature Version 4 says, for clients that are no SDK.
import crypto from 'node:crypto';

const hash = (text) => crypto.createHash('sha256').update(text).digest('hex');
const mac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();

export function sign({ method = 'POST', host, path, body = '', service = 'execute-api', secret = process.env.AWS_SECRET_ACCESS_KEY, now = new Date() }) {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${stamp.slice(0, 8)}/${process.env.AWS_REGION}/${service}/aws4_request`;
  const headers = { host, 'x-amz-date': stamp };
  if (process.env.AWS_SESSION_TOKEN) headers['x-amz-security-token'] = process.env.AWS_SESSION_TOKEN;
  const names = Object.keys(headers).sort();
  const uri = encodeURI(path).split('/').map(encodeURIComponent).join('/');
  const request = [method, uri, '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), hash(body)].join('\n');
  const key = [stamp.slice(0, 8), process.env.AWS_REGION, service, 'aws4_request'].reduce(mac, 'AWS4' + secret);
  const signature = mac(key, ['AWS4-HMAC-SHA256', stamp, scope, hash(request)].join('\n')).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}
