"""The machine that is measured on: what it is, how busy others keep it, and how to take parts of it away."""

import datetime
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

FLAGS = ("avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8",
         "amx_bf16", "asimd", "sve")


def describe() -> dict:
    """What a reader of the results must know about the machine, as it is now."""
    info = Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
    fields = {}
    for line in info.splitlines():
        key, colon, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    huge = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return {"processor": fields.get("model name", platform.machine()), "cores": len(os.sched_getaffinity(0)),
            "features": [flag for flag in FLAGS if flag in flags], "system": platform.platform(),
            "huge_pages": huge.read_text().strip() if huge.exists() else "",
            "load_average": [round(load, 2) for load in os.getloadavg()],
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")}


def pin(threads: int):
    """This process runs on as many processors as it has threads: the last ones, for the first serve interrupts."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def prioritize() -> bool:
    """Lets this process, and the threads that it starts, run before all ordinary ones; False where that is forbidden.
    So others on the machine cost a measurement little more than a share of the caches and of the memory's bandwidth."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except (AttributeError, PermissionError):
        return False
    return True


def may_prioritize() -> bool:
    """Whether prioritize() would do it."""
    probe = "import machine, sys; sys.exit(not machine.prioritize())"
    return subprocess.run([sys.executable, "-c", probe], cwd=Path(__file__).parent).returncode == 0


def measured(threads: int) -> list:
    """What to put before a command that is to run as pin() and prioritize() would have it."""
    processors = ",".join(map(str, sorted(os.sched_getaffinity(0))[-threads:]))
    first = ["chrt", "--rr", "1"] if may_prioritize() and shutil.which("chrt") else []
    return [*first, "taskset", "-c", processors]


def _busy_seconds() -> float:
    """Processor seconds that all processes of the machine, and other guests of its host, took since it started."""
    user, nice, system, _, _, irq, softirq, steal = (int(v) for v in
                                                     open("/proc/stat").readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Watch:
    """How many processors others kept busy since it was made."""

    def __init__(self):
        self.busy, self.start = _busy_seconds(), time.monotonic()

    def others(self, ours: float) -> float:
        """Others' share, where `ours` seconds of processor time were our own."""
        wall = time.monotonic() - self.start
        return max(0.0, (_busy_seconds() - self.busy - ours) / wall) if wall > 0 else 0.0


def _compiled(source: str, *options: str) -> str:
    """A small C source beside this file, compiled once into the cache; None where there is no compiler."""
    compiler = next((found for found in map(shutil.which, ("cc", "gcc", "clang")) if found), None)
    path = Path(__file__).parent / source
    output = wt.cache_folder("performance") / f"{path.stem}-{int(path.stat().st_mtime)}"
    if not output.exists():
        if not compiler:
            return None
        subprocess.run([compiler, "-O2", str(path), "-o", str(output), *options], check=True)
    return str(output)


def avx2_environment() -> dict:
    """Environment in which a process sees a processor with AVX2 and nothing newer; None where that cannot be done."""
    library = _compiled("limit_cpu.c", "-shared", "-fPIC")
    if not library:
        return None
    environment = {"LD_PRELOAD": library, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    works = subprocess.run([sys.executable, "-c", ""], env={**os.environ, **environment}, capture_output=True)
    return environment if works.returncode == 0 else None


def peak_gflops(threads: int, avx2: bool = False) -> float:
    """Fused multiply-adds in 32-bit floats that this many threads can do, in 1e9 operations a second; 0 where it
    cannot be measured."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return 0.0
    program = _compiled("machine_peak.c", "-pthread")
    if not program:
        return 0.0
    result = subprocess.run([*measured(threads), program, str(threads), "avx2" if avx2 else "best"],
                            capture_output=True, text=True)
    return float(result.stdout) if result.returncode == 0 else 0.0
