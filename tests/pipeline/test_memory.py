import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os
from pathlib import Path
from pipeline.memory import give_back, keep_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20

keep_memory()
keep_memory()
before = resident()
blocks = [b"x" * 2**20 for _ in range(200)]
last = blocks.pop()
del blocks
kept = resident() - before
give_back()
print(kept, resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="memory is kept and given back by glibc's means")
def test_memory_is_kept_until_it_is_given_back():
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    kept, rest = map(int, run.stdout.split())
    assert kept > 150
    assert rest < 50
