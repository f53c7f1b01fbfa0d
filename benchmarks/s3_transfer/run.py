#!/usr/bin/env python3
"""usage: run.py BIN_DIR [--rounds N] [--small N] [--large-mib N] [--gets N] [--folder DIR] [--publish] [--quick]

Moves 10,000 objects of 1 KiB and one of 1 GiB up and down, over 32 connections, in interleaved rounds, to one server:
Ceph's radosgw, which this starts. By sealsync, rclone, AWS's command line and s3cmd (one connection: it moves a
twentieth, and its figures are multiplied), from files to files; and, from memory to memory, by sealsync and by what
limits it: a bare loop of libcurl with URLs that were presigned before. GETs are measured against nginx, too, which is
faster than any client: by wrk, by sealsync, and by the bare loop, without a signature and with the headers of one,
made before: libcurl takes its time for these.

Before a time counts, what was moved is compared: uploads by boto3, downloads file by file, in memory by whoever moved.
Prints medians of wall time and CPU time of the client, the highest peak memory, and the requests that the server has
logged; with --publish also into docs/benchmarks.md. Files are on --folder, /dev/shm unless told, with three times the large object free; BIN_DIR has
bench_s3_transfer_ours and bench_s3_transfer_limit. --quick: a smoke test.
"""
import argparse
import contextlib
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True
from report import ROOT, machine, replace_section, say  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"
try:
    import boto3
    import botocore.config
except ImportError:  # a package of the system's Python, which need not be the one that runs this
    if os.path.realpath(sys.executable) == os.path.realpath(SYSTEM_PYTHON):
        sys.exit("no boto3: cmake/install_packages.sh benchmarks servers")
    os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])

SERVERS = ROOT / "tests" / "servers"
CONNECTIONS = 32
FRACTION = 20  # of the objects is what s3cmd moves
PART_MIB = 8
BUCKET = "bucket"


def quiet(*command, env=None):
    done = subprocess.run([str(c) for c in command], env=env, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nfailed: {(done.stdout + done.stderr).decode(errors='replace')}")
    return done.stdout.decode()


# Linux counts what a process was before exec as its own peak: ours, with boto3, would be that of every small program.
LAUNCHER = """import os, sys, time
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, used = os.wait4(pid, 0)
print(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class Run:
    """One process: wall and CPU seconds, peak resident memory in MiB, what it printed."""

    requests = 0

    def __init__(self, *command, env=None):
        command = [str(c) for c in command]
        done = subprocess.run([SYSTEM_PYTHON, "-I", "-S", "-c", LAUNCHER, *command], env=env, capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, errors="replace")
        self.text = done.stderr
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\nfailed: {self.text[-2000:]}")
        self.wall, self.cpu, self.memory = map(float, done.stdout.split())

    def times(self, factor):
        self.wall, self.cpu, self.requests = self.wall * factor, self.cpu * factor, self.requests * factor
        return self

    @property
    def rate(self):
        return self.requests / self.wall

    @property
    def cpu_of_one(self):
        return self.cpu / self.requests * 1e6


class Ceph:
    """radosgw over memory, with a line in its log for every request."""

    def __init__(self, work):
        self.folder = work / "ceph"
        self.script = SERVERS / "ceph_rgw.sh"
        environment = dict(os.environ, CEPH_STORE="memstore", CEPH_STORE_GB="12", CEPH_ACCESS_LOG="1")
        told = dict(re.findall(r"export (\w+)=(\S*)", quiet(self.script, "start", self.folder, env=environment)))
        self.endpoint, self.log = told["S3_ENDPOINT"], Path(told["S3_ACCESS_LOG"])
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
            "AWS_ACCESS_KEY_ID": told["AWS_ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY": told["AWS_SECRET_ACCESS_KEY"],
            "AWS_REGION": told["AWS_REGION"], "AWS_DEFAULT_REGION": told["AWS_REGION"]}
        config = botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"})
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
                               aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"], region_name=told["AWS_REGION"],
                               config=config)
        self.s3.create_bucket(Bucket=BUCKET)

    def stop(self):
        quiet(self.script, "stop", self.folder)

    def location(self, endpoint=None):
        return f"s3://{BUCKET}/objects/?endpoint={endpoint or self.endpoint}&region=us-east-1&style=path"

    def logged(self):
        time.sleep(0.3)  # it writes its log a little later
        with open(self.log, "rb") as log:
            return sum(line.count(b" beast: ") for line in log)

    def objects(self):
        """{key: etag}"""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", [])}

    def clear(self):
        keys = [{"Key": key} for key in self.objects()]
        for i in range(0, len(keys), 1000):
            self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys[i:i + 1000], "Quiet": True})
        # What is removed goes at once, not after two minutes: the store is memory.
        quiet("radosgw-admin", "-n", "client.rgw", "gc", "process", "--include-all",
              env=dict(os.environ, CEPH_CONF=str(self.folder / "ceph.conf"), CEPH_ARGS=""))

    def presigned(self, method, count, path):
        sign = lambda i: self.s3.generate_presigned_url(
            method, Params={"Bucket": BUCKET, "Key": f"objects/{i // 100:02}/{i:05}"}, ExpiresIn=86400)
        path.write_text("".join(sign(i) + "\n" for i in range(count)))
        return path


@contextlib.contextmanager
def nginx(folder):
    """One worker that serves `folder`/www on 127.0.0.1: its URL."""
    port = quiet("bash", "-c", f"source {SERVERS}/daemons.sh && free_port").strip()
    scratch = " ".join(f"{kind}_temp_path {folder}/{kind};"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""daemon off; user root; pid {folder}/pid; worker_processes 1;
events {{ worker_connections 256; }}
http {{ access_log off; {scratch} tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=20000;
open_file_cache_valid 1h; server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
""")
    server = subprocess.Popen(["nginx", "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        url = f"http://127.0.0.1:{port}"
        quiet("curl", "--silent", "--retry", 50, "--retry-delay", 0, "--retry-connrefused", "--retry-max-time", 20, url)
        yield url
    finally:
        server.terminate()
        server.wait()


# As long as those that we make: nginx takes any.
SIGNED_HEADERS = f"""x-amz-content-sha256: {hashlib.sha256(b"").hexdigest()}
x-amz-date: 20130524T000000Z
authorization: AWS4-HMAC-SHA256 Credential=testkey/20130524/us-east-1/s3/aws4_request, \
SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={"0" * 64}
"""
UNSIGNED, SIGNED = "bare curl_multi loop, unsigned", "bare curl_multi loop, prepared signatures"


class Tool:
    """Moves `count` small objects (out of the source folder's `few` or `objects`) and a large one."""

    factor, large, in_files = 1, True, True

    def __init__(self, bench):
        self.bench = bench
        self.count = bench.small
        self.large_name = self.name


class Ours(Tool):
    name = "**sealsync**"

    def program(self, *arguments):
        return Run(self.bench.bin / "bench_s3_transfer_ours", *arguments, env=self.bench.ceph.env)

    def up(self, source):
        return self.program("put-files", self.bench.ceph.location(), self.count, source)

    def down(self, target):
        return self.program("get-files", self.bench.ceph.location(), self.count, target)

    def up_large(self, folder):
        return self.program("put-large", self.bench.ceph.location(), folder)

    def down_large(self, folder):
        return self.program("get-large", self.bench.ceph.location(), folder)


class OursInMemory(Ours):
    name, large, in_files = "**sealsync**, memory", False, False

    def up(self, source):
        return self.program("put", self.bench.ceph.location(), self.count, 1)

    def down(self, target):
        return self.program("get", self.bench.ceph.location(), self.count, 1)


class Limit(Tool):
    name, large, in_files = "bare curl_multi loop, presigned", False, False

    def up(self, source):
        return Run(self.bench.bin / "bench_s3_transfer_limit", self.bench.put_urls, "put", self.count, CONNECTIONS)

    def down(self, target):
        return Run(self.bench.bin / "bench_s3_transfer_limit", self.bench.get_urls, "get", self.count, CONNECTIONS)


class Rclone(Tool):
    """With whatever makes it faster: no question that needs not be asked, no times kept, nothing hashed twice."""

    name = "rclone"

    def copy(self, *arguments):
        remote = {"TYPE": "s3", "PROVIDER": "Ceph", "ENV_AUTH": "true", "ENDPOINT": self.bench.ceph.endpoint}
        env = self.bench.ceph.env | {f"RCLONE_CONFIG_CEPH_{k}": v for k, v in remote.items()}
        return Run("rclone", "copy", *arguments, "--transfers", CONNECTIONS, "--checkers", CONNECTIONS, "--no-traverse",
                   "--no-check-dest", "--ignore-checksum", "--no-update-modtime", "--use-server-modtime",
                   "--s3-no-check-bucket", "--s3-no-head", "--s3-disable-checksum",
                   "--s3-chunk-size", f"{PART_MIB}M", "--s3-upload-concurrency", 8, "--multi-thread-streams", 8,
                   "--stats", 0, env=env | {"RCLONE_CONFIG": "/dev/null"})

    def up(self, source):
        return self.copy(source, f"ceph:{BUCKET}/objects")

    def down(self, target):
        return self.copy(f"ceph:{BUCKET}/objects", target, "--s3-no-head-object")

    def up_large(self, folder):
        return self.copy(folder / "large", f"ceph:{BUCKET}/objects")

    def down_large(self, folder):
        return self.copy(f"ceph:{BUCKET}/objects/large", folder)


class Aws(Tool):
    name = "aws-cli"

    def copy(self, *arguments):
        config = self.bench.work / "aws.conf"
        config.write_text(f"[default]\ns3 =\n  max_concurrent_requests = {CONNECTIONS}\n  max_queue_size = 10000\n"
                          f"  multipart_chunksize = {PART_MIB}MB\n  addressing_style = path\n")
        return Run("/usr/bin/aws", "--endpoint-url", self.bench.ceph.endpoint, "s3", "cp", "--only-show-errors",
                   *arguments, env=self.bench.ceph.env | {"AWS_CONFIG_FILE": str(config),
                                                          "AWS_EC2_METADATA_DISABLED": "true"})

    def up(self, source):
        return self.copy("--recursive", source, f"s3://{BUCKET}/objects")

    def down(self, target):
        return self.copy("--recursive", f"s3://{BUCKET}/objects", target)

    def up_large(self, folder):
        return self.copy(folder / "large", f"s3://{BUCKET}/objects/large")

    def down_large(self, folder):
        return self.copy(f"s3://{BUCKET}/objects/large", folder / "large")


class S3cmd(Tool):
    """One connection, and no way to have more."""

    name, factor = "s3cmd", FRACTION

    def __init__(self, bench):
        super().__init__(bench)
        self.count = bench.small // FRACTION
        self.name = f"s3cmd ({self.count} x {FRACTION})"

    def run(self, *arguments):
        host = self.bench.ceph.endpoint.removeprefix("http://")
        return Run("s3cmd", "--config=/dev/null", "--no-ssl", f"--host={host}", f"--host-bucket={host}",
                   "--no-progress", "--quiet", "--no-check-md5", "--no-preserve", "--region=us-east-1",
                   f"--access_key={self.bench.ceph.env['AWS_ACCESS_KEY_ID']}",
                   f"--secret_key={self.bench.ceph.env['AWS_SECRET_ACCESS_KEY']}",
                   f"--multipart-chunk-size-mb={PART_MIB}", *arguments, env=self.bench.ceph.env)

    def up(self, source):
        return self.run("put", "--recursive", f"{source}/", f"s3://{BUCKET}/objects/")

    def down(self, target):
        return self.run("get", "--recursive", f"s3://{BUCKET}/objects/", f"{target}/")

    def up_large(self, folder):
        return self.run("put", folder / "large", f"s3://{BUCKET}/objects/large")

    def down_large(self, folder):
        return self.run("get", f"s3://{BUCKET}/objects/large", folder / "large")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Bench:
    def __init__(self, wanted, work):
        self.bin, self.rounds, self.gets = wanted.bin_dir.resolve(), wanted.rounds, wanted.gets
        self.small, self.large_mib, self.work = wanted.small, wanted.large_mib, work
        self.sources = {count: work / f"source-{count}" for count in (self.small, self.small // FRACTION)}
        for count, folder in self.sources.items():
            folder.mkdir()
            quiet(self.bin / "bench_s3_transfer_ours", "make", folder, count,
                  self.large_mib if count == self.small else 0)
        self.ceph = Ceph(work)
        self.put_urls = self.ceph.presigned("put_object", self.small, work / "put_urls")
        self.get_urls = self.ceph.presigned("get_object", self.small, work / "get_urls")
        self.runs = {}

    def keep(self, run, task, name):
        self.runs.setdefault((task, name), []).append(run)

    def counted(self, move, factor=1):
        """A run with the requests that the server has seen."""
        before = self.ceph.logged()
        run = move()
        run.requests = self.ceph.logged() - before
        return run.times(factor)

    def move_small(self, tool):
        source = self.sources[tool.count] / "objects"
        target = Path(tempfile.mkdtemp(dir=self.work))
        sent = contents(source)
        self.ceph.clear()
        up = self.counted(lambda: tool.up(source), tool.factor)
        if self.ceph.objects() != {f"objects/{name}": hashlib.md5(body).hexdigest() for name, body in sent.items()}:
            sys.exit(f"{tool.name}: what was stored is not what was sent")
        down = self.counted(lambda: tool.down(target), tool.factor)
        if tool.in_files and contents(target) != sent:
            sys.exit(f"{tool.name}: what came back is not what was stored")
        shutil.rmtree(target)
        self.keep(up, "up", tool.name)
        self.keep(down, "down", tool.name)

    def move_large(self, tool):
        source = self.sources[self.small]
        target = Path(tempfile.mkdtemp(dir=self.work))
        self.ceph.clear()
        up = self.counted(lambda: tool.up_large(source))
        stored = self.ceph.s3.get_object(Bucket=BUCKET, Key="objects/large")["Body"]
        if not same(stored, source / "large"):
            sys.exit(f"{tool.name}: the large object is not what was sent")
        down = self.counted(lambda: tool.down_large(target))
        with open(target / "large", "rb") as back:
            if not same(back, source / "large"):
                sys.exit(f"{tool.name}: the large object came back as another")
        shutil.rmtree(target)
        self.keep(up, "up large", tool.large_name)
        self.keep(down, "down large", tool.large_name)

    def wrk(self, endpoint, paths, task):
        script = self.work / "paths.lua"
        script.write_text('local requests, at = {}, 0\nfunction init(arguments)\n'
                          "for line in io.lines(arguments[1]) do\n"
                          'requests[#requests + 1] = wrk.format("GET", line) end\n'
                          "end\nfunction request() at = at % #requests + 1 return requests[at] end\n")
        run = Run("wrk", "--threads", 1, "--connections", CONNECTIONS, "--duration", "3s", "--script", script, endpoint,
                  "--", paths)
        requests, seconds = re.search(r"(\d+) requests in ([\d.]+)s", run.text).groups()
        if "Non-2xx" in run.text or "Socket errors" in run.text:
            sys.exit(f"wrk: {run.text}")
        run.requests, run.wall = int(requests), float(seconds)
        self.keep(run, task, "wrk")

    def wrk_on_ceph(self):
        """After a round, whose objects are still there."""
        paths = self.work / "ceph_paths"
        paths.write_text(self.get_urls.read_text().replace(self.ceph.endpoint, ""))
        self.wrk(self.ceph.endpoint, paths, "down")

    def get_from_nginx(self):
        folder = self.work / "nginx"
        (folder / "www").mkdir(parents=True, exist_ok=True)
        if not (folder / "www" / BUCKET).exists():
            (folder / "www" / BUCKET).symlink_to(self.sources[self.small])
        paths = self.work / "paths"
        names = [f"/{BUCKET}/objects/{i // 100:02}/{i:05}\n" for i in range(self.small)]
        paths.write_text("".join(names))
        with nginx(folder) as url:
            urls = self.work / "urls"
            urls.write_text("".join(url + name for name in names))
            headers = self.work / "headers"
            headers.write_text(SIGNED_HEADERS)
            passes = max(self.gets // self.small, 1)
            limit = (self.bin / "bench_s3_transfer_limit", urls, "get", passes * self.small, CONNECTIONS)
            self.wrk(url, paths, "nginx")
            ours = (self.bin / "bench_s3_transfer_ours", "get", self.ceph.location(url), self.small, passes)
            runs = {UNSIGNED: Run(*limit), SIGNED: Run(*limit, headers),
                    OursInMemory.name: Run(*ours, env=self.ceph.env)}
        for name, run in runs.items():
            run.requests = passes * self.small
            self.keep(run, "nginx", name)

    def sign(self):
        for way in ("put", "get"):
            run = Run(self.bin / "bench_s3_transfer_ours", "sign", way, 200_000)
            run.requests = 200_000
            self.keep(run, f"sign {way}", "sign")

    def measure(self):
        tools = [Rclone(self), Aws(self), S3cmd(self), Limit(self), OursInMemory(self), Ours(self)]
        for number in range(self.rounds):
            say(f"round {number + 1} of {self.rounds}")
            for tool in tools:
                self.move_small(tool)
                say(f"  {tool.name}: {self.runs['up', tool.name][-1].wall:.2f} s up, "
                    f"{self.runs['down', tool.name][-1].wall:.2f} s down")
            self.wrk_on_ceph()
            for tool in tools:
                if not tool.large:
                    continue
                self.move_large(tool)
                say(f"  {tool.large_name}, large: {self.runs['up large', tool.large_name][-1].wall:.2f} s up, "
                    f"{self.runs['down large', tool.large_name][-1].wall:.2f} s down")
            self.get_from_nginx()
            self.sign()
        return tools

    def median(self, task, name, what):
        return statistics.median(getattr(run, what) for run in self.runs[task, name])

    def peak(self, task, name):
        return max(run.memory for run in self.runs[task, name])


def same(stream, path):
    with open(path, "rb") as file:
        while True:
            piece = stream.read(1 << 20)
            if not piece:
                return not file.read(1)
            if piece != file.read(len(piece)):
                return False


def rows(bench, names, tasks):
    """Of each name and task: s, requests, CPU s, CPU us a request, MiB."""
    for name in names:
        cells = [name]
        for task in tasks:
            if (task, name) not in bench.runs:
                cells += ["-"] * 5
                continue
            m = lambda what: bench.median(task, name, what)
            cells += [f"{m('wall'):.2f}", f"{m('requests'):.0f}", f"{m('cpu'):.2f}", f"{m('cpu_of_one'):.1f}",
                      f"{bench.peak(task, name):.0f}"]
        yield "| " + " | ".join(cells) + " |"


def table(bench, title, names, tasks):
    head = ["up s", "requests", "CPU s", "us/request", "MiB", "down s", "requests", "CPU s", "us/request", "MiB"]
    return "\n".join([f"#### {title}", "", "| | " + " | ".join(head) + " |", "| --- " * (len(head) + 1) + "|",
                      *rows(bench, names, tasks)]) + "\n"


def nginx_table(bench):
    lines = ["#### GET of 1 KiB from nginx", "", "| | requests/s | of wrk | CPU us/request | MiB |",
             "| --- | --- | --- | --- | --- |"]
    best = bench.median("nginx", "wrk", "rate")
    for name in ("wrk", UNSIGNED, SIGNED, OursInMemory.name):
        rate = bench.median("nginx", name, "rate")
        lines.append(f"| {name} | {rate:.0f} | {rate / best:.0%} | {bench.median('nginx', name, 'cpu_of_one'):.1f} "
                     f"| {bench.peak('nginx', name):.0f} |")
    return "\n".join(lines) + "\n"


def targets(bench):
    """[(what, measured, wanted, whether)]"""
    wall = lambda task, tool: bench.median(task, tool.name, "wall")
    cpu = lambda task, name: bench.median(task, name, "cpu_of_one")
    sign = {way: bench.median(f"sign {way}", "sign", "cpu_of_one") for way in ("put", "get")}
    found = []
    of_wrk = lambda name: bench.median("nginx", name, "rate") / bench.median("nginx", "wrk", "rate")
    rate = of_wrk(OursInMemory.name)
    found.append((f"GET rate from nginx, of wrk's (the bare loop's: {of_wrk(UNSIGNED):.0%} unsigned, "
                  f"{of_wrk(SIGNED):.0%} with prepared signatures)", f"{rate:.0%}", "at least 75 %", rate >= 0.75))
    for task, way, limit in (("up", "put", Limit.name), ("down", "get", Limit.name), ("nginx", "get", SIGNED),
                             ("nginx", "get", UNSIGNED)):
        ratio = cpu(task, OursInMemory.name) / (cpu(task, limit) + sign[way])
        found.append((f"CPU a request, {task}, of {limit} + signing ({sign[way]:.1f} us)", f"{ratio:.2f}x",
                      "at most 1.30x", ratio <= 1.3))
    for way in ("up", "down"):
        rival, limit = wall(way, Rclone) / wall(way, Ours), wall(way, OursInMemory) / wall(way, Limit)
        found.append((f"small objects {way}: rclone's time over ours; our time over the bare loop's",
                      f"{rival:.2f}x; {limit:.2f}x", "at least 3x, or at most 1.10x", rival >= 3 or limit <= 1.1))
    for way in ("up large", "down large"):
        ratio = wall(way, Ours) / wall(way, Rclone)
        found.append((f"{way}: our time over rclone's", f"{ratio:.2f}x", "at most 1.00x", ratio <= 1))
    peak = max(bench.peak(task, name) for task, name in bench.runs if "sealsync" in name)
    found.append(("peak memory", f"{peak:.0f} MiB", "under 64 MiB", peak < 64))
    return found


def report(bench, tools):
    in_files = [tool.name for tool in tools if tool.in_files]
    in_memory = [tool.name for tool in tools if not tool.in_files] + ["wrk"]
    text = table(bench, f"{bench.small} objects of 1 KiB, files, median of {bench.rounds}", in_files, ("up", "down"))
    text += "\n" + table(bench, "The same from memory, against the limits (wrk: in 3 s)", in_memory, ("up", "down"))
    text += "\n" + table(bench, f"One object of {bench.large_mib} MiB, files",
                         [tool.large_name for tool in tools if tool.large], ("up large", "down large"))
    text += "\n" + nginx_table(bench)
    text += "\n#### Targets\n\n| | measured | wanted | |\n| --- | --- | --- | --- |\n"
    text += "".join(f"| {what} | {got} | {wanted} | {'yes' if met else '**no**'} |\n"
                    for what, got, wanted, met in targets(bench))
    versions = ", ".join(quiet(*command).splitlines()[0] for command in
                         (("rclone", "version"), ("/usr/bin/aws", "--version"), ("s3cmd", "--version"),
                          ("curl", "--version"), ("ceph", "--version")))
    return text + f"\nOn {machine()}, by `{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}`, with {versions}.\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large-mib", type=int, default=1024)
    parser.add_argument("--gets", type=int, default=200_000, help="from nginx")
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm"))
    parser.add_argument("--publish", action="store_true", help="into docs/benchmarks.md, too")
    parser.add_argument("--quick", action="store_true", help="little of everything, once: that it works, no figures")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.small, wanted.large_mib, wanted.gets = 1, 400, 32, 4000

    work = Path(tempfile.mkdtemp(prefix="s3_transfer.", dir=wanted.folder))
    bench = None
    try:
        bench = Bench(wanted, work)
        text = report(bench, bench.measure())
    finally:
        if (work / "ceph").exists():
            quiet(SERVERS / "ceph_rgw.sh", "stop", work / "ceph")
        shutil.rmtree(work)
    print(text)
    if wanted.publish and not wanted.quick:
        replace_section(ROOT / "docs" / "benchmarks.md", "s3_transfer", text)


if __name__ == "__main__":
    main()
