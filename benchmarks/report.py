"""What the scripts of several benchmarks share."""
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def say(line):
    print(line, file=sys.stderr, flush=True)


def run(*command, env=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=os.environ | (env or {}))
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}: ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def google(*command, env=None):
    """What a program with Google Benchmark in it has measured: a dictionary of each."""
    return json.loads(run(*command, "--benchmark_format=json", env=env))["benchmarks"]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return (f"{os.cpu_count()} x {model[1] if model else platform.machine()}, {int(memory[1]) >> 20} GiB, "
            f"{platform.system()} {platform.release()}")


def replace_section(path, name, text):
    """What is between <!-- NAME --> and <!-- /NAME -->."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = path.read_text().split(begin)
    after = rest.split(end)[1]
    path.write_text(f"{before}{begin}{text}\n{end}{after}")
