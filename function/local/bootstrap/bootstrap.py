"""Runs a handler of Python as AWS's own runtime client does: it takes events from
the Runtime API, one at a time, and gives answers and errors back."""
import decimal
import importlib.machinery
import json
import logging
import math
import os
import re
import socket
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import dragoman_callback as callback  # noqa: E402, before anybody has a connection

sys.path.pop(0)
# What is compiled would be kept beside the source and believed by the source's second and
# size: a change within that second would not run. On Lambda nothing is kept either, for
# the folder of the code cannot be written to.
sys.dont_write_bytecode = True
API = os.environ["AWS_LAMBDA_RUNTIME_API"]
ROOT = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
PREFIX = "/2018-06-01/runtime/"
AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
GENERATION = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python")[2]
ESCAPED = GENERATION in ("3.7", "3.8", "3.9", "3.10", "3.11")  # non-ASCII in answers


NEXT = "GET", "invocation/next"


class RuntimeApi:
    """Speaks to the Runtime API over one connection, which it has before anybody else runs,
    and by a socket alone: libraries of handlers trace what goes through http.client, and
    give connections timeouts and proxies. This one waits for as long as no event comes."""

    def __init__(self):
        host, _, port = API.rpartition(":")
        self.connection = socket.create_connection((host, int(port)), None)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.connection.makefile("rb")
        self.asked = False  # for the next event, with the last answer

    @staticmethod
    def request(method, path, body=b"", headers=None):
        lines = ["%s %s%s HTTP/1.1" % (method, PREFIX, path), "Host: " + API]
        if method != "GET":
            lines.append("Content-Length: %d" % len(body))
        lines += ["%s: %s" % header for header in (headers or {}).items()]
        return "\r\n".join(lines + ["", ""]).encode() + body

    def call(self, *request):
        self.connection.sendall(self.request(*request))
        return self.read()

    def read(self):
        """Reads an answer. The gateway says how long every one is."""
        status = self.answers.readline().split()
        if len(status) < 2:
            raise ConnectionError("the Runtime API has closed the connection")
        headers = {}
        for line in iter(lambda: self.answers.readline().strip(), b""):
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode("utf-8", "replace")
        return int(status[1]), headers, self.answers.read(int(headers.get("content-length", 0)))

    def next(self):
        if self.asked:
            self.asked = False
            self.read()  # that the answer was taken
            status, headers, body = self.read()
        else:
            status, headers, body = self.call(*NEXT)
        if status != 200:
            raise RuntimeError("the Runtime API answered %d" % status)
        return headers, body

    def answer(self, request_id, body, content_type):
        """Gives an answer and asks for the next event behind it: the gateway need not wait for
        somebody to read that the answer was taken, and tells it with the event. One that may be refused for its
        size ends the connection, so nothing is sent behind it."""
        given = "POST", "invocation/%s/response" % request_id, body, {"Content-Type": content_type}
        if len(body) > 1 << 20:
            self.call(*given)
            return
        self.connection.sendall(self.request(*given) + self.request(*NEXT))
        self.asked = True

    def fail(self, path, fault):
        # In a header is what is of Lambda's form alone: a class may have any name.
        known = re.match(r"(Runtime|Function)\.[A-Z][a-zA-Z]{1,99}$", fault["errorType"])
        self.call("POST", path, json.dumps(fault, ensure_ascii=ESCAPED).encode("utf-8", "surrogatepass"), {
            "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": fault["errorType"] if known else "Runtime.Unknown"})


client = None  # it is main's: a process of multiprocessing has none
request_id = None  # of the event under way


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        told = parsed(headers.get("lambda-runtime-client-context"))
        self.client_context = None if told is None else ClientContext(told)
        told = parsed(headers.get("lambda-runtime-cognito-identity")) or {}
        self.identity = CognitoIdentity(told.get("cognitoIdentityId"), told.get("cognitoIdentityPoolId"))
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(int(self._epoch_deadline_time_in_ms - time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))
        sys.stdout.flush()

    def __repr__(self):
        return shown(self, "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                     "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")


def parsed(header):
    return json.loads(header) if header else None


def shown(value, *names):
    """Is how a context and its parts show themselves in log lines."""
    return "%s([%s])" % (type(value).__name__, ",".join("%s=%s" % (name, getattr(value, name)) for name in names))


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, identity, pool):
        self.cognito_identity_id, self.cognito_identity_pool_id = identity, pool

    def __repr__(self):
        return shown(self, *self.__slots__)


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, told):
        self.custom, self.env = told.get("custom"), told.get("env")
        self.client = None if told.get("client") is None else Client(told["client"])

    def __repr__(self):
        return shown(self, *self.__slots__)


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, told):
        for name in self.__slots__:
            setattr(self, name, told.get(name))

    def __repr__(self):
        return shown(self, *self.__slots__)


# ---- log lines


class LambdaLoggerHandler(logging.Handler):
    """Writes records as Lambda does. Libraries know it by its name, and give it formats of
    their own, with and without a line break at the end."""

    def emit(self, record):
        try:
            text = self.format(record)
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + ".%03dZ" % record.msecs,
                "level": logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10), "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
            line["errorType"], line["errorMessage"] = record.exc_info[0].__name__, str(record.exc_info[1])
        line["requestId"] = request_id or ""
        if record.exc_info:
            line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
        for name, value in record.__dict__.items():
            if name not in KNOWN and name not in line:
                line[name] = value
        return json.dumps({k: v for k, v in line.items() if v is not None}, default=str, ensure_ascii=False)


KNOWN = set(logging.makeLogRecord({}).__dict__) | {"aws_request_id", "message", "asctime"}


class RequestId(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id or ""
        return True


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler()
    handler.setFormatter(JsonFormatter() if AS_JSON else logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestId())
    logging.root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if level in logging._nameToLevel:
        logging.root.setLevel(level)


def tell(fault):
    """Logs an error as AWS does: one entry, whose lines are broken by returns."""
    if AS_JSON:
        print(json.dumps({"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "ERROR",
                          "errorMessage": fault["errorMessage"], "errorType": fault["errorType"],
                          "requestId": fault["requestId"], "stackTrace": fault["stackTrace"]}, ensure_ascii=False), flush=True)
        return
    head = ": ".join(text for text in (fault["errorType"], fault["errorMessage"]) if text)
    lines = ["[ERROR] " + head, "Traceback (most recent call last):"]  # without frames, too
    for frame in fault["stackTrace"]:
        lines += [line.replace(" ", "\u00a0", len(line) - len(line.lstrip(" "))) for line in frame.split("\n") if line]
    print("\r".join(lines).replace("\n", "\r"), flush=True)


# ---- errors


def fault_of(message, kind, trace=()):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id or "", "stackTrace": list(trace)}


def fault_of_exception(error):
    # Without the columns, which would mark a part of the line from 3.11 on.
    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(error.__traceback__)]
    own = [f for f in frames if os.path.dirname(f[0]) != HERE]  # there are none where the call itself has failed
    return fault_of(str(error), type(error).__name__, traceback.format_list(own or frames))


class InitError(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.fault = fault_of(message, "Runtime." + kind, trace)


def handler_of(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise InitError("MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise InitError("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InitError("ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise InitError("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise InitError("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name))


# ---- answers


# What stands for a number until all is encoded: Python's own module writes floats alone.
NUMBER = "number-%s-" % os.urandom(16).hex()


class Encoder(json.JSONEncoder):
    """Takes what AWS's client takes, which encodes by simplejson: Decimals as they are
    written, bytes as text, and named tuples as objects."""

    def __init__(self):
        super().__init__(ensure_ascii=ESCAPED)
        self.numbers = []

    def default(self, value):
        if isinstance(value, decimal.Decimal):
            if value.is_nan():
                return math.nan
            self.numbers.append(str(value))
            return NUMBER + str(len(self.numbers) - 1)
        if isinstance(value, bytes):
            return value.decode("utf-8")
        if callable(getattr(value, "_asdict", None)):
            return value._asdict()
        return super().default(value)

    def encode(self, value):
        try:
            text = super().encode(plain(value) if special(value) else value)
        except RecursionError:
            raise ValueError("Circular reference detected")
        if not self.numbers:
            return text
        return re.sub('"%s(\\d+)"' % NUMBER, lambda found: self.numbers[int(found.group(1))], text)


def special(value):
    """Says whether a value has something that is encoded otherwise and that no encoder is
    asked for: a named tuple, or a key of bytes."""
    left, seen = [value], set()
    while left:
        one = left.pop()
        if not isinstance(one, (dict, list, tuple)) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, dict):
            if any(isinstance(key, bytes) for key in one):
                return True
            left.extend(one.values())
        elif hasattr(one, "_asdict"):
            return True
        else:
            left.extend(one)
    return False


def plain(value):
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key.decode("utf-8") if isinstance(key, bytes) else key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def encode(result):
    if isinstance(result, bytes):
        return result, "application/unknown"
    return Encoder().encode(result).encode("utf-8", "surrogatepass"), "application/json"


def once(handler):
    global request_id
    headers, body = client.next()
    request_id = headers["lambda-runtime-aws-request-id"]
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    callback.begin(headers.get("dragoman-callback"), headers.get("dragoman-served"))
    try:
        try:
            event = json.loads(body) if headers.get("content-type", "application/json") == "application/json" else body
        except ValueError as error:
            raise InitError("UnmarshalError", "Unable to unmarshal input: %s" % error)
        result = handler(event, LambdaContext(headers))
        try:
            answer, content_type = encode(result)
        except Exception as error:
            raise InitError("MarshalError", "Unable to marshal response: %s" % error)
        sys.stdout.flush()
        client.answer(request_id, answer, content_type)
    except InitError as error:
        fail(error.fault)
    except Exception as error:
        fail(fault_of_exception(error))
    finally:
        callback.end()


def fail(fault):
    tell(fault)
    sys.stderr.flush()
    client.fail("invocation/%s/error" % request_id, fault)


class SnapStart:
    """Finds snapshot_restore_py, which Lambda's runtimes bring, where it is not installed:
    hooks are registered by it. Nothing is restored here, so none of them is called."""

    hooks = {"before_snapshot": [], "after_restore": []}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, cls) if name == "snapshot_restore_py" else None

    @staticmethod
    def create_module(spec):
        return None

    @classmethod
    def exec_module(cls, module):
        def registering(hooks):
            def register(function, *args, **kwargs):
                hooks.append((function, args, kwargs))
                return function

            return register

        for name, hooks in cls.hooks.items():
            setattr(module, "register_" + name, registering(hooks))
            setattr(module, "get_" + name, lambda hooks=hooks: hooks)


def main():
    global client, request_id
    client = RuntimeApi()
    sys.path[0] = ROOT  # not the folder of this file
    sys.stdout.reconfigure(line_buffering=True)
    set_up_logging()
    sys.meta_path.append(SnapStart)
    try:
        handler = handler_of(os.environ["_HANDLER"])
    except InitError as error:
        tell(error.fault)
        client.fail("init/error", error.fault)
        sys.exit(1)
    except Exception as error:
        fault = fault_of_exception(error)
        tell(fault)
        client.fail("init/error", fault)
        sys.exit(1)
    while True:
        once(handler)
        request_id = None


if __name__ == "__main__":  # and not in a process that multiprocessing has started
    main()
