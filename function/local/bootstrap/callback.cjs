// Lets handlers call the gateway that runs them by the names that their events carry.
//
// What means the gateway is connected to its data listener, whatever its name resolves
// to: the authority of the present event, names under localhost with the listener's
// port, and the names at AWS of APIs that it serves. Its certificate is held to the name
// localhost. A client may have made up the event's name, so nothing of it outlives the
// invocation: connections that were made by it end then, also those that pools have kept.
//
// Names under localhost are loopback, for any port (RFC 6761 section 6.3).
'use strict';
const dns = require('dns');
const fs = require('fs');
const net = require('net');

function take(name) {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

const data = parse(take('DRAGOMAN_DATA'));
const authority = take('DRAGOMAN_AUTHORITY');
const ca = authority && fs.readFileSync(authority, 'utf8');

let present; // what the event under way calls the gateway
let served = []; // ids of APIs that it serves
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

exports.begin = function(name, apis) {
  present = parse(name);
  served = apis ? apis.split(',') : [];
}

exports.end = function() {
  present = undefined;
  served = [];
  for (const socket of lent) socket.destroy();
  lent.clear();
}

const own = (host, port) => port === data?.port && (host === data.host || host === 'localhost' || host.endsWith('.localhost'));

function called(host, port) {
  if (present?.host === host && (present.port ? port === present.port : port === 80 || port === 443)) return true;
  return served.length > 0 && (port === 80 || port === 443) && served.includes(atAWS.exec(host)?.[1]);
}

const atAWS = /^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/;

// redirected says whether a connection is to go to the data listener.
function redirected(host, port) {
  return data !== undefined && (own(plain(host), Number(port)) || called(plain(host), Number(port)));
}

// keep remembers a connection to the data listener.
function keep(socket, host, port) {
  if (!socket.encrypted) overOurs();
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
  if (this.encrypted) secured(this, options);
  const changed = { ...options, host: data.host, port: data.port, lookup: undefined };
  if (read) {
    args[0][0] = changed;
    return connect.apply(this, args);
  }
  return connect.call(this, changed, ...args.filter((arg) => typeof arg === 'function'));
};

// ---- TLS, whose package is loaded only by those who need it

// secured holds a TLS socket that is about to connect to the name localhost. Its options
// are tls.connect's own copy, which it looks at again when it has connected.
function secured(socket, options) {
  options.servername = 'localhost';
  believe(options, socket._tlsOptions?.secureContext);
}

let patched = false;

// overOurs makes TLS over connections to the gateway, which were made before it, held to
// that name as well.
function overOurs() {
  if (patched) return;
  patched = true;
  const tls = require('tls');
  const secure = tls.connect;
  // Arguments are options, or a port or path before them, with a host between.
  tls.connect = function (...args) {
    const options = args.find((arg) => typeof arg === 'object' && arg !== null);
    if (!options?.socket || !ours.has(options.socket)) return secure.apply(this, args);
    const changed = { ...options, servername: 'localhost' };
    changed.secureContext ??= tls.createSecureContext(changed);
    believe(changed, changed.secureContext);
    return secure.apply(this, args.map((arg) => (arg === options ? changed : arg)));
  };
  require('module').syncBuiltinESMExports(); // for those who have imported it by its name
}

let said = false;

// believe adds the gateway's authority to those of a caller that names its own; all
// others have it by NODE_EXTRA_CA_CERTS.
function believe(options, secureContext) {
  if (!ca) {
    if (!said) fs.writeSync(2, 'the gateway has no TLS, so https to it fails: start it with --dev-tls, or call it by http\n');
    said = true;
  } else if (options.secureContext || options.ca) {
    secureContext?.context.addCACert(ca);
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
