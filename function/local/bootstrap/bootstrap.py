"""Runs a handler of Python as AWS's own runtime client does: it takes events from
the Runtime API, one at a time, and gives answers and errors back."""
import decimal
import http.client
import importlib
import json
import logging
import os
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


class Client:
    """Speaks to the Runtime API over one connection."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(API)

    def call(self, method, path, body=None, headers=None):
        self.connection.request(method, PREFIX + path, body=body, headers=headers or {})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def next(self):
        status, headers, body = self.call("GET", "invocation/next")
        if status != 200:
            raise RuntimeError("the Runtime API answered %d" % status)
        return headers, body

    def answer(self, request_id, body, content_type):
        self.call("POST", "invocation/%s/response" % request_id, body, {"Content-Type": content_type})

    def fail(self, path, fault):
        self.call("POST", path, json.dumps(fault, ensure_ascii=ESCAPED).encode("utf-8", "surrogatepass"), {
            "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": fault["errorType"]})


client = Client()
request_id = None  # of the event under way


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        told = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(json.loads(told)) if told else None
        told = json.loads(headers.get("Lambda-Runtime-Cognito-Identity") or "{}")
        self.identity = Record(cognito_identity_id=told.get("cognitoIdentityId"), cognito_identity_pool_id=told.get("cognitoIdentityPoolId"))
        self._epoch_deadline_time_in_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(int(self._epoch_deadline_time_in_ms - time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))
        sys.stdout.flush()


class Record:
    def __init__(self, **members):
        self.__dict__.update(members)


class ClientContext:
    def __init__(self, told):
        self.custom = told.get("custom")
        self.env = told.get("env")
        client = told.get("client") or {}
        self.client = Record(**{name: client.get(name) for name in (
            "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")}) if client else None


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
                "level": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
            line["errorType"], line["errorMessage"] = record.exc_info[0].__name__, str(record.exc_info[1])
        line["requestId"] = request_id
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
    head = fault["errorMessage"] if not fault["errorType"] else "%s: %s" % (fault["errorType"], fault["errorMessage"])
    lines = ["[ERROR] " + head, "Traceback (most recent call last):"]  # without frames, too
    for frame in fault["stackTrace"]:
        lines += [line.replace(" ", "\u00a0", len(line) - len(line.lstrip(" "))) for line in frame.split("\n") if line]
    print("\r".join(lines).replace("\n", "\r"), flush=True)


# ---- errors


def fault_of(message, kind, trace=()):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id or "", "stackTrace": list(trace)}


def fault_of_exception(error):
    frames = [f for f in traceback.extract_tb(error.__traceback__) if os.path.dirname(f.filename) != HERE]
    return fault_of(str(error), type(error).__name__, traceback.format_list(frames))


class InitError(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.fault = fault_of(message, "Runtime." + kind, trace)


def handler_of(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise InitError("MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise InitError("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name)
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


class Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, decimal.Decimal):
            return float(value)
        return super().default(value)


def encode(result):
    if isinstance(result, bytes):
        return result, "application/unknown"
    return json.dumps(result, cls=Encoder, ensure_ascii=ESCAPED, allow_nan=True).encode("utf-8", "surrogatepass"), "application/json"


def once(handler):
    global request_id
    headers, body = client.next()
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    trace = headers.get("Lambda-Runtime-Trace-Id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    callback.begin(headers.get("Dragoman-Callback"), headers.get("Dragoman-Served"))
    try:
        try:
            event = json.loads(body) if headers.get("Content-Type", "application/json") == "application/json" else body
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


def main():
    sys.path[0] = ROOT  # not the folder of this file
    sys.stdout.reconfigure(line_buffering=True)
    set_up_logging()
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
    global request_id
    while True:
        once(handler)
        request_id = None


main()
