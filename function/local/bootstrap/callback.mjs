// Lets handlers call the gateway that runs them by the names that their events carry.
//
// What means the gateway is connected to its data listener, whatever its name resolves
// to: the authority of the present event, and names under localhost with the
// listener's port. Its certificate is held to the name localhost. A client may have
// made up the event's name, so nothing of it outlives the invocation: connections that
// were made by it end then, also those that pools have kept.
//
// Names under localhost are loopback, for any port (RFC 6761 section 6.3).
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

function take(name) {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

const data = parse(take('DRAGOMAN_DATA'));
const authority = take('DRAGOMAN_AUTHORITY');
const ca = authority && fs.readFileSync(authority, 'utf8');

let present; // what the event under way calls the gateway
const lent = new Set(); // connections that were made by that name
const ours = new WeakSet(); // all connections to the gateway that were made here

// parse reads HOST or HOST:PORT, IPv6 in brackets.
function parse(text) {
  const match = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text?.toLowerCase() ?? '');
  return match[1] ? { host: plain(match[1]), port: Number(match[2] || 0) } : undefined;
}

function plain(host) {
  return String(host ?? 'localhost').toLowerCase().replace(/\.$/, '');
}

export function begin(name) {
  present = parse(name);
}

export function end() {
  present = undefined;
  for (const socket of lent) socket.destroy();
  lent.clear();
}

const own = (host, port) => port === data?.port && (host === data.host || host === 'localhost' || host.endsWith('.localhost'));

function called(host, port) {
  return present?.host === host && (present.port ? port === present.port : port === 80 || port === 443);
}

// redirected says whether a connection is to go to the data listener.
function redirected(host, port) {
  return data !== undefined && (own(plain(host), Number(port)) || called(plain(host), Number(port)));
}

// keep remembers a connection to the data listener.
function keep(socket, host, port) {
  ours.add(socket);
  if (own(plain(host), Number(port))) return;
  lent.add(socket);
  socket.once('close', () => lent.delete(socket));
}

// ---- connections

const connect = net.Socket.prototype.connect;

// Arguments are options, or a port with a host, or an array that package net has read
// already, whose first element is the options.
net.Socket.prototype.connect = function (...args) {
  const read = Array.isArray(args[0]);
  const options = read ? args[0][0] : typeof args[0] === 'object' ? args[0] : { port: args[0], host: typeof args[1] === 'string' ? args[1] : undefined };
  if (!options || options.path || !redirected(options.host, options.port)) return connect.apply(this, args);
  keep(this, options.host, options.port);
  const changed = { ...options, host: data.host, port: data.port, lookup: undefined };
  if (read) {
    args[0][0] = changed;
    return connect.apply(this, args);
  }
  return connect.call(this, changed, ...args.filter((arg) => typeof arg === 'function'));
};

const secure = tls.connect;

// Arguments are options, or a port or path before them, with a host between.
tls.connect = function (...args) {
  const given = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {};
  const options = { port: args[0], host: typeof args[1] === 'string' ? args[1] : undefined, ...given };
  const { host, port } = options;
  const over = options.socket && ours.has(options.socket);
  if (!over && (options.socket || options.path || !redirected(host, port))) return secure.apply(this, args);
  options.servername = 'localhost';
  if (!over) Object.assign(options, { host: data.host, port: data.port, lookup: undefined });
  believe(options);
  const socket = secure.call(this, options, ...args.filter((arg) => typeof arg === 'function'));
  if (!over) keep(socket, host, port);
  return socket;
};

let said = false;

// believe adds the gateway's authority to those of a caller that names its own; all
// others have it by NODE_EXTRA_CA_CERTS.
function believe(options) {
  if (!ca) {
    if (!said) fs.writeSync(2, 'the gateway has no TLS, so https to it fails: start it with --dev-tls, or call it by http\n');
    said = true;
  } else if (options.secureContext) {
    options.secureContext.context.addCACert(ca);
  } else if (options.ca) {
    options.ca = [].concat(options.ca, ca);
  }
}

// ---- names

function loopback(hostname, family) {
  const all = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
  const wanted = { 4: [all[0]], 6: [all[1]], IPv4: [all[0]], IPv6: [all[1]] }[family];
  return String(hostname).toLowerCase().replace(/\.$/, '').endsWith('.localhost') ? wanted ?? all : undefined;
}

const lookup = dns.lookup;
dns.lookup = Object.defineProperties(function (hostname, options, callback) {
  if (typeof options === 'function') [options, callback] = [{}, options];
  const found = loopback(hostname, typeof options === 'number' ? options : options?.family);
  if (!found || typeof callback !== 'function') return lookup.apply(this, arguments);
  process.nextTick(() => (options?.all ? callback(null, found) : callback(null, found[0].address, found[0].family)));
  return {};
}, Object.getOwnPropertyDescriptors(lookup));

const promised = dns.promises.lookup;
dns.promises.lookup = async function (hostname, options) {
  const found = loopback(hostname, typeof options === 'number' ? options : options?.family);
  if (!found) return promised.apply(this, arguments);
  return options?.all ? found : found[0];
};

syncBuiltinESMExports(); // for those who import these functions by their names
