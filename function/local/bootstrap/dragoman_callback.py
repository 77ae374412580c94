"""Lets handlers call the gateway that runs them by the names that their events carry.

What means the gateway is connected to its data listener, whatever its name resolves
to: the authority of the present event, names under localhost with the listener's
port, and the names at AWS of APIs that it serves. Its certificate is held to the name
localhost. A client may have made up the event's name, so nothing of it outlives the
invocation: connections that were made by it end then, also those that pools have kept.

Names under localhost are loopback, for any port (RFC 6761 section 6.3)."""
import os
import random
import re
import socket
import ssl
import weakref


def parse(text):
    """Reads HOST or HOST:PORT, IPv6 in brackets."""
    match = re.match(r"\[?(.*?)\]?(?::(\d+))?$", (text or "").lower())
    return (plain(match.group(1)), int(match.group(2) or 0)) if match and match.group(1) else None


def plain(host):
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    return str(host or "").lower().rstrip(".")


DATA = parse(os.environ.pop("DRAGOMAN_DATA", ""))
AUTHORITY = os.environ.pop("DRAGOMAN_AUTHORITY", None)

present = None  # what the event under way calls the gateway
served = ()  # ids of APIs that it serves
lent = []  # weak references to connections that were made by that name


def begin(name, apis):
    global present, served
    present = parse(name)
    served = tuple(apis.split(",")) if apis else ()


def end():
    global present, served
    present, served = None, ()
    for reference in lent:
        connection = reference()
        if connection is not None:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended
    lent.clear()


def own(host, port):
    return DATA is not None and port == DATA[1] and (host in ("localhost", DATA[0]) or host.endswith(".localhost"))


def number(port):
    try:
        return int(port)
    except (TypeError, ValueError):
        return {"http": 80, "https": 443}.get(port, 0)


def redirected(host, port):
    """Says whether a connection is to go to the data listener."""
    if DATA is None:
        return False
    host, port = plain(host), number(port)
    if own(host, port):
        return True
    if at_aws(host) and port in (80, 443):
        return True
    return present is not None and host == present[0] and (port == present[1] if present[1] else port in (80, 443))


AWS = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$")


def at_aws(host):
    """Says whether a host is what AWS calls an API that the gateway serves."""
    match = AWS.match(host) if served else None
    return match is not None and match.group(1) in served


def loopback(host):
    return plain(host).endswith(".localhost")


# ---- names


MOST = 1000
stand_ins = {}  # names of events by the addresses that stand for them


def stand_in(host):
    """Is an address that stands for a name until somebody connects to it: libraries
    take another port for it, or keep it beyond the invocation."""
    if os.name == "nt":  # where asyncio connects without asking here
        return DATA[0]
    for address, name in list(stand_ins.items()):  # of threads too
        if name == host:
            return address
    if len(stand_ins) == MOST:
        stand_ins.pop(next(iter(stand_ins)))
    if ":" in DATA[0]:
        address = "fd64:%x:%x::1" % (random.randrange(1, 65536), random.randrange(1, 65536))
    else:
        address = "127.%d.%d.%d" % (random.randrange(64, 255), random.randrange(256), random.randrange(1, 255))
    stand_ins[address] = host
    return address


resolved = {}  # addresses with ports that names mean, other than those of events


def resolve(host, port, found):
    """Remembers what a name means: a client who writes that address means somebody
    else by it."""
    for of in found:
        address = of[4][:2]
        if address[0] != plain(host):
            if len(resolved) == MOST:
                resolved.pop(next(iter(resolved)), None)
            resolved[address] = True
    return found


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if redirected(host, port):
        if own(plain(host), number(port)) or os.name == "nt":
            return _getaddrinfo(DATA[0], DATA[1], 0, type, proto)
        return _getaddrinfo(stand_in(plain(host)), number(port), 0, type, proto)
    if not loopback(host):
        return resolve(host, port, _getaddrinfo(host, port, family, type, proto, flags))
    found = []
    for address, of in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        if family in (0, of):
            found += _getaddrinfo(address, port, of, type, proto)
    return found


def gethostbyname(host):
    return "127.0.0.1" if loopback(host) else _gethostbyname(host)


_getaddrinfo, socket.getaddrinfo = socket.getaddrinfo, getaddrinfo
_gethostbyname, socket.gethostbyname = socket.gethostbyname, gethostbyname


# ---- connections


def target(connection, address):
    """Is where a connection goes to."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
        return address
    host, port = stand_ins.get(address[0], address[0]), address[1]
    if address[:2] in resolved and not own(plain(host), port):
        return address
    six = connection.family == socket.AF_INET6
    if redirected(host, port) and (six or ":" not in DATA[0]):
        if not own(plain(host), port):
            lent.append(weakref.ref(connection))
        return ("::ffff:" + DATA[0], DATA[1]) if six and ":" not in DATA[0] else DATA
    if host != address[0]:  # somebody has kept it from an event before
        return getaddrinfo(host, port, connection.family, socket.SOCK_STREAM)[0][4]
    if loopback(host):
        return ("::1" if six else "127.0.0.1",) + address[1:]
    return address


def connect(self, address):
    return _connect(self, target(self, address))


def connect_ex(self, address):
    return _connect_ex(self, target(self, address))


_connect, socket.socket.connect = socket.socket.connect, connect
_connect_ex, socket.socket.connect_ex = socket.socket.connect_ex, connect_ex

# ---- TLS

believing = weakref.WeakSet()


def believe(context):
    """Adds the gateway's authority to those of a context."""
    if AUTHORITY and context.verify_mode != ssl.CERT_NONE and context not in believing:
        context.load_verify_locations(AUTHORITY)
        believing.add(context)


def at_gateway(connection):
    try:
        host, port = connection.getpeername()[:2]
        return (host[7:] if host.startswith("::ffff:") else host, port) == DATA
    except (OSError, AttributeError, TypeError, ValueError):
        return False


def wrap_socket(self, sock, server_side=False, do_handshake_on_connect=True, suppress_ragged_eofs=True, server_hostname=None, session=None):
    asked = server_hostname or present and present[0]  # urllib3 1.26 does not tell addresses
    here = not server_side and at_gateway(sock)
    if here:
        believe(self)
        server_hostname = server_hostname and "localhost"
    kept = any(reference() is sock for reference in lent)
    wrapped = _wrap_socket(self, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session)
    if kept:  # what it wraps is empty now
        lent.append(weakref.ref(wrapped))
    if here and asked:
        wrapped.getpeercert = named(wrapped.getpeercert, asked)
    return wrapped


def named(getpeercert, asked):
    """Shows the name that was asked for beside localhost, for libraries that compare
    names themselves, as urllib3 1.26 does."""

    def shown(binary_form=False):
        certificate = getpeercert(binary_form)
        names = certificate.get("subjectAltName", ()) if isinstance(certificate, dict) else ()
        if ("DNS", "localhost") in names:
            certificate["subjectAltName"] = names + (("DNS", asked), ("IP Address", asked))
        return certificate

    return shown


def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):
    """Is how asyncio speaks TLS; which connection it is for is not told."""
    if not server_side and server_hostname:
        host = plain(server_hostname)
        called = present is not None and host == present[0] or at_aws(host)
        if called or host == "localhost" or loopback(host):
            believe(self)
        if called:
            server_hostname = "localhost"
    return _wrap_bio(self, incoming, outgoing, server_side, server_hostname, session)


_wrap_socket, ssl.SSLContext.wrap_socket = ssl.SSLContext.wrap_socket, wrap_socket
_wrap_bio, ssl.SSLContext.wrap_bio = ssl.SSLContext.wrap_bio, wrap_bio
