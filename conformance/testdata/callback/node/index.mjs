// Posts to its client by what the event carries, in the way that the message asks for.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import { sign } from './sign.mjs';

const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };

// raw posts with Node's own client, as version 2 of the SDK does.
function raw(scheme, host, path, body) {
  return new Promise((resolve, reject) => {
    const [hostname, port] = host.split(':');
    const headers = sign({ host, path, body });
    const request = { http, https }[scheme].request({ hostname, port, path: encodeURI(path), method: 'POST', headers, agent: agents[scheme] }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject).end(body);
  });
}

async function fetched(scheme, host, path, body) {
  const { host: _, ...headers } = sign({ host, path, body });
  return (await fetch(`${scheme}://${host}${encodeURI(path)}`, { method: 'POST', headers, body })).status;
}

function by2(scheme, host, path, body) {
  return new Promise((resolve, reject) => {
    const { host: _, ...headers } = sign({ host, path, body });
    const session = http2.connect(`${scheme}://${host}`).on('error', reject);
    const stream = session.request({ ':method': 'POST', ':path': encodeURI(path), ...headers });
    stream.on('response', (head) => { session.close(); resolve(head[':status']); }).on('error', reject);
    stream.end(body);
  });
}

let client; // kept over invocations, as handlers do
async function sdk(scheme, host, path, body, stage, id) {
  const { ApiGatewayManagementApiClient, PostToConnectionCommand } = createRequire(import.meta.url)('@aws-sdk/client-apigatewaymanagementapi');
  const endpoint = `${scheme}://${host}/${stage}`;
  if (client?.endpoint !== endpoint) client = Object.assign(new ApiGatewayManagementApiClient({ endpoint }), { endpoint });
  return (await client.send(new PostToConnectionCommand({ ConnectionId: id, Data: body }))).$metadata.httpStatusCode;
}

// greeted is what a server says that speaks first, as databases do.
function greeted(host, port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host, () => socket.setTimeout(1000, () => socket.destroy(new Error('it says nothing'))));
    socket.once('data', (text) => { socket.destroy(); resolve(String(text)); }).on('error', reject);
  });
}

// seen is what a server answers by HTTP, over a connection that is kept.
function seen(host, port) {
  return new Promise((resolve, reject) => {
    http.get({ host, port, agent: agents.http, path: '/', timeout: 1000 }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; }).on('end', () => resolve(text));
    }).on('error', reject);
  });
}

export async function handler(event) {
  if (event.environment) return Object.fromEntries(event.environment.map((name) => [name, process.env[name]]));
  const { domainName, stage, connectionId } = event.requestContext;
  const ask = JSON.parse(event.body);
  const path = `/${stage}/@connections/${connectionId}`;
  const reply = async (text) => { // by the gateway's own name, whatever the event's leads to
    const status = await raw('http', 'any.localhost:' + ask.port, path, text);
    if (status !== 200) throw new Error('the reply got ' + status);
  };
  try {
    if (ask.id) {
      await reply(connectionId);
    } else if (ask.greeted) {
      await reply('greeted ' + await greeted(...ask.greeted));
    } else if (ask.seen) {
      await reply('seen ' + await seen(...ask.seen));
    } else {
      const status = await { sdk, raw, fetch: fetched, http2: by2 }[ask.how](ask.scheme, domainName, path, `${ask.how} by ${domainName}`, stage, connectionId);
      if (status !== 200) throw new Error('status ' + status);
    }
  } catch (error) {
    await reply('failed: ' + (error.cause ?? error));
  }
  return { statusCode: 200 };
}
