"""For the *.test.py beside it: the servers that tests/run.sh has started, and cases in sentences."""
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import traceback

# What servers before 2025 do not know, and boto3 since then sends unless told.
os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
os.environ["AWS_RESPONSE_CHECKSUM_VALIDATION"] = "when_required"
SYSTEM_PYTHON = "/usr/bin/python3"
try:
    import boto3
    import botocore.config
except ImportError:  # a package of the system's Python, which need not be the one that runs this
    if os.path.realpath(sys.executable) == os.path.realpath(SYSTEM_PYTHON):
        print("skipped: no boto3")
        sys.exit(77)
    os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])

BINARIES = os.environ["SEALSYNC_BIN_DIR"]
TOOL = os.path.join(BINARIES, "sealsync_s3_tool")
CASES = []

resolve = socket.getaddrinfo


def resolve_localhost(host, *arguments, **options):
    """As curl does: every name below localhost is this machine, which not all resolvers know."""
    local = isinstance(host, str) and host.endswith(".localhost")
    return resolve("127.0.0.1" if local else host, *arguments, **options)


socket.getaddrinfo = resolve_localhost


class Skip(Exception):
    pass


class Server:
    """One of SEALSYNC_S3_<name>."""

    def __init__(self, name):
        text = os.environ.get(f"SEALSYNC_S3_{name}")
        if text is None:
            raise Skip(f"the server {name} does not run")
        self.name = name
        self.endpoint, self.access_key, self.secret_key, self.region, *ca_file = text.split(",", 4)
        self.ca_file = ca_file[0] if ca_file else None
        self.addressing = "virtual" if "//s3.localhost" in self.endpoint else "path"

    def environment(self):
        """By which any client knows who asks, and whom to trust."""
        found = dict(os.environ, AWS_ACCESS_KEY_ID=self.access_key, AWS_SECRET_ACCESS_KEY=self.secret_key,
                     AWS_DEFAULT_REGION=self.region, AWS_REGION=self.region)
        if self.ca_file:
            found["AWS_CA_BUNDLE"] = found["CURL_CA_BUNDLE"] = self.ca_file
        return found

    def boto(self):
        config = botocore.config.Config(signature_version="s3v4", s3={"addressing_style": self.addressing})
        return boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key,
                            aws_secret_access_key=self.secret_key, region_name=self.region, config=config,
                            verify=self.ca_file)


class Bucket:
    """A new bucket, seen by boto3 (`s3`), by us (`run`, with its `location`) and by others (`server.environment()`)."""

    numbers = itertools.count()

    def __init__(self, server_name):
        self.server = Server(server_name)
        self.s3 = self.server.boto()
        self.name = f"script-{os.getpid()}-{next(self.numbers)}"
        self.s3.create_bucket(Bucket=self.name)

    def location(self, prefix=""):
        return (f"s3://{self.name}/{prefix}?endpoint={self.server.endpoint}&region={self.server.region}"
                f"&style={self.server.addressing}")

    def run(self, *arguments, location=None, expect=0):
        return run(TOOL, location or self.location(), *arguments, environment=self.server.environment(), expect=expect)

    def put(self, key, content):
        self.s3.put_object(Bucket=self.name, Key=key, Body=content)

    def get(self, key):
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def keys(self):
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])]


def run(*command, environment=None, expect=0):
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == expect, f"{command}: ended with {done.returncode}, not {expect}:\n{text}"
    return done.stdout.decode("utf-8")


def on(*server_names):
    """A test, given a new bucket and an empty folder, on each of these servers; its docstring is a true sentence."""

    def add(check):
        CASES.extend((check, name) for name in server_names)
        return check

    return add


def run_case(check, server_name):
    sentence = f"{server_name}: {check.__doc__}"
    try:
        with tempfile.TemporaryDirectory(prefix="sealsync-s3-") as folder:
            check(Bucket(server_name), folder)
        return "passed"
    except Skip as why:
        print(f"skipped: {sentence} ({why})")
        return "skipped"
    except Exception:
        print(f"failed: {sentence}\n{traceback.format_exc()}")
        return "failed"


def main():
    if not os.path.exists(TOOL):
        print(f"skipped: {TOOL} is not built")
        sys.exit(77)
    chosen = [one for one in CASES if len(sys.argv) < 2 or sys.argv[1] in one[0].__doc__]
    results = [run_case(*one) for one in chosen]
    counts = ", ".join(f"{results.count(one)} {one}" for one in ("passed", "failed", "skipped"))
    print(f"tally: {counts}")
    sys.exit(1 if "failed" in results else 0)
