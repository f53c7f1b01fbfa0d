#!/usr/bin/env python3
"""Our signatures equal botocore's, for random requests: any keys, queries and headers, signed and presigned."""
import datetime
import os
import random
import subprocess
import sys
import types
from urllib.parse import parse_qsl, quote, urlsplit

SYSTEM_PYTHON = "/usr/bin/python3"
try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:  # a package of the system's Python, which need not be the one that runs this
    if os.path.realpath(sys.executable) == os.path.realpath(SYSTEM_PYTHON):
        print("skipped: no botocore")
        sys.exit(77)
    os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])

PROGRAM = os.path.join(os.environ["SEALSYNC_BIN_DIR"], "sealsync_sign_requests")
REQUESTS = 1000
SEED = 3

# Bucket and endpoint: with the style of addressing that we should choose, the host and what precedes the key.
PLACES = [
    ("examplebucket", "https://s3.eu-west-1.amazonaws.com", "", "https://examplebucket.s3.eu-west-1.amazonaws.com", ""),
    ("with.dots", "https://s3.eu-west-1.amazonaws.com", "", "https://s3.eu-west-1.amazonaws.com", "/with.dots"),
    ("abc", "http://127.0.0.1:9000", "", "http://127.0.0.1:9000", "/abc"),
    ("abc", "http://storage.example.com", "virtual", "http://abc.storage.example.com", ""),
    ("abc", "https://storage.example.com:8443", "path", "https://storage.example.com:8443", "/abc"),
    ("abc", "http://[::1]:9000", "", "http://[::1]:9000", "/abc"),
]
REGIONS = ["us-east-1", "eu-west-1", "auto", "garage", "cn-north-1"]
KEY_PARTS = ["a", "Z", "9", "/", "//", ".", "..", "/./", "/../", " ", "  ", "%", "%20", "%2F", "+", "~", "-", "_", "&",
             "=", "?", "#", ";", ":", ",", "@", "$", "!", "*", "'", "(", ")", "\"", "\\", "|", "<", ">", "{", "}", "^", "`",
             "\u00e4", "e\u0301", "\u20ac", "\u4e2d\u6587", "\U0001f512", "\x01", "\t", "\n", "\x7f"]
HEADERS = ["if-match", "if-none-match", "range", "content-type", "content-md5", "cache-control", "x-amz-acl",
           "x-amz-meta-a", "x-amz-meta-a-b", "x-amz-meta-a0", "x-amz-storage-class", "user-agent", "expect"]
HEADER_PARTS = ["a", "B", "0", "\"", "*", "=", ",", ";", "-", " ", "  ", "\t", "/", ":", "bytes=0-9"]


class Request:
    def __init__(self, draw, presigned):
        self.bucket, self.endpoint, self.style, self.origin, self.base = draw.choice(PLACES)
        self.presigned = presigned
        self.lifetime = draw.randint(1, 7 * 24 * 3600)
        self.region = draw.choice(REGIONS)
        self.time = draw.randint(0, 4_000_000_000)
        self.access = some(draw, "ABCXYZ0189", 16, 20)
        self.secret = some(draw, "abcXYZ019/+=", 1, 100)
        self.token = some(draw, "abcXYZ019/+=", 1, 400) if draw.random() < 0.5 else ""
        self.key = some(draw, KEY_PARTS, 0, 20)
        self.method = draw.choice(["GET", "HEAD", "PUT", "DELETE"] + ([] if presigned else ["POST"]))
        self.body = some(draw, KEY_PARTS, 1, 9) if self.method in ("PUT", "POST") and not presigned else ""
        names = [some(draw, KEY_PARTS, 1, 4) for _ in range(draw.randint(0, 5))]
        if presigned:
            names = list(set(names))  # botocore keeps one of equal ones
        elif names:
            names.append(draw.choice(names))
        self.query = [(name, some(draw, KEY_PARTS, 0, 4)) for name in names]
        self.headers = [(name, some(draw, HEADER_PARTS, 0, 5)) for name in draw.sample(HEADERS, draw.randint(0, 4))]
        if self.headers and draw.random() < 0.3:
            self.headers.append((self.headers[0][0], some(draw, HEADER_PARTS, 1, 5)))
        self.hash = some(draw, "0123456789abcdef", 64, 64) if presigned and draw.random() < 0.5 else ""
        self.always = draw.random() < 0.5
        # Without a body we sign the hash of nothing, which is right either way.
        self.payload_is_signed = self.always or self.origin.startswith("http:") or not self.body

    def line(self):
        """As programs/sign_requests.cpp reads it."""
        location = f"s3://{self.bucket}?endpoint={self.endpoint}&region={self.region}"
        location += f"&style={self.style}" if self.style else ""
        fields = [("location", location), ("access", self.access), ("secret", self.secret), ("token", self.token),
                  ("time", str(self.time)), ("payload", "always" if self.always else "automatic"),
                  ("method", self.method), ("key", self.key), ("body", self.body), ("hash", self.hash)]
        if self.presigned:
            fields.append(("lifetime", str(self.lifetime)))
        words = [f"{name}={quote(value, safe='')}" for name, value in fields]
        words += [f"query={quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query]
        words += [f"header={quote(name, safe='')}={quote(value, safe='')}" for name, value in self.headers]
        return " ".join(words)

    def path(self):
        between = "/" if self.key or not self.base else ""
        return self.base + between + quote(self.key, safe="/~")

    def by_botocore(self):
        credentials = botocore.credentials.Credentials(self.access, self.secret, self.token or None)
        query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in self.query)
        url = self.origin + self.path() + ("?" + query if query else "")
        request = botocore.awsrequest.AWSRequest(method=self.method, url=url, data=self.body.encode())
        for name, value in self.headers:
            request.headers.add_header(name, value)
        request.context["client_config"] = types.SimpleNamespace(s3={"payload_signing_enabled": self.payload_is_signed})
        freeze(self.time)
        if self.presigned:
            if self.hash:
                request.headers["X-Amz-Content-SHA256"] = self.hash
            auth = botocore.auth.S3SigV4QueryAuth(credentials, "s3", self.region, self.lifetime)
        else:
            auth = botocore.auth.S3SigV4Auth(credentials, "s3", self.region)
        auth.add_auth(request)
        return request


def some(draw, parts, least, most):
    return "".join(draw.choice(parts) for _ in range(draw.randint(least, most)))


def freeze(seconds):
    """Whichever way this version of botocore asks for the time."""
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return now

    botocore.auth.datetime = types.SimpleNamespace(datetime=Frozen)
    botocore.auth.get_current_datetime = lambda *_, **__: now


def parts_of(url):
    """What two equal URLs have in common, however their queries are ordered."""
    split = urlsplit(url)
    return split.scheme, split.netloc, split.path, sorted(parse_qsl(split.query, keep_blank_values=True))


def difference(request, ours):
    """What is unequal, or nothing."""
    theirs = request.by_botocore()
    url, _, authorization = ours.partition("\t")
    if parts_of(url) != parts_of(theirs.url):
        return f"URL\nours:   {url}\ntheirs: {theirs.url}"
    if not request.presigned and authorization != theirs.headers["Authorization"]:
        return f"authorization\nours:   {authorization}\ntheirs: {theirs.headers['Authorization']}"
    return None


def main():
    if not os.path.exists(PROGRAM):
        print(f"skipped: {PROGRAM} is not built")
        sys.exit(77)
    draw = random.Random(SEED)
    requests = [Request(draw, presigned=i % 2 == 1) for i in range(REQUESTS)]
    lines = "".join(request.line() + "\n" for request in requests)
    done = subprocess.run([PROGRAM], input=lines.encode(), capture_output=True, timeout=300)
    answers = done.stdout.decode().splitlines()
    assert done.returncode == 0, f"request {len(answers)}, {requests[len(answers)].line()}: {done.stderr.decode()}"
    assert len(answers) == REQUESTS, len(answers)

    differences = [(i, why) for i, one in enumerate(requests) if (why := difference(one, answers[i]))]
    for i, why in differences[:5]:
        print(f"request {i} of seed {SEED}, {requests[i].line()}: other {why}")
    print(f"{REQUESTS - len(differences)} of {REQUESTS} signatures equal botocore {botocore.__version__}'s")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
