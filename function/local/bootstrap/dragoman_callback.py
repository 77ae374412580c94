"""Lets handlers call the gateway that runs them by the names that their events carry.

What means the gateway is connected to its data listener, whatever its name resolves
to: the authority of the present event, and names under localhost with the listener's
port. Its certificate is held to the name localhost. A client may have made up the
event's name, so nothing of it outlives the invocation: connections that were made
meanwhile end then, also those that pools have kept.

Names under localhost are loopback, for any port (RFC 6761 section 6.3)."""
import os
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
lent = []  # weak references to connections that were made to it meanwhile


def begin(name):
    global present
    present = parse(name)
    if present == DATA or present and own(*present):
        present = None  # it is called so at any time


def end():
    global present
    present = None
    for reference in lent:
        connection = reference()
        if connection is not None:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended
    lent.clear()


def own(host, port):
    return DATA is not None and port == DATA[1] and (host == "localhost" or host.endswith(".localhost"))


def redirected(host, port):
    """Says whether a connection is to go to the data listener."""
    if DATA is None:
        return False
    host = plain(host)
    try:
        port = int(port)
    except (TypeError, ValueError):
        port = {"http": 80, "https": 443}.get(port)
    if own(host, port):
        return True
    return present is not None and host == present[0] and (port == present[1] if present[1] else port in (80, 443))


def loopback(host):
    return plain(host).endswith(".localhost")


# ---- names


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if redirected(host, port):
        return _getaddrinfo(DATA[0], DATA[1], 0, type, proto)
    if not loopback(host):
        return _getaddrinfo(host, port, family, type, proto, flags)
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
    """Is where a connection goes to, which is remembered if it is the gateway."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
        return address
    six = connection.family == socket.AF_INET6
    if redirected(*address[:2]) and six == (":" in DATA[0]):
        address = DATA
    elif loopback(address[0]):
        address = ("::1" if six else "127.0.0.1",) + address[1:]
    if present is not None and address[:2] == DATA:
        lent.append(weakref.ref(connection))
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
        return DATA is not None and connection.getpeername()[:2] == DATA
    except (OSError, AttributeError):
        return False


def wrap_socket(self, sock, server_side=False, do_handshake_on_connect=True, suppress_ragged_eofs=True, server_hostname=None, session=None):
    asked = server_hostname
    here = not server_side and at_gateway(sock)
    if here:
        believe(self)
        server_hostname = asked and "localhost"
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
        called = present is not None and host == present[0]
        if called or host == "localhost" or loopback(host):
            believe(self)
        if called:
            server_hostname = "localhost"
    return _wrap_bio(self, incoming, outgoing, server_side, server_hostname, session)


_wrap_socket, ssl.SSLContext.wrap_socket = ssl.SSLContext.wrap_socket, wrap_socket
_wrap_bio, ssl.SSLContext.wrap_bio = ssl.SSLContext.wrap_bio, wrap_bio
