"""How much memory the server's processes take, read from ``/proc``."""

from pathlib import Path

KIB_PER_MB = 1024


def processes_of(group: int) -> list[int]:
    """Return the processes of a group, without its leader, which only starts the others."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and int(path.parent.name) != group:
            found.append(int(path.parent.name))
    return sorted(found)


def shares_mb(group: int) -> list[float]:
    """Return the proportional memory (PSS) of each process of a group, in MB: shared pages count by their share."""
    return [_read_kib(pid, "smaps_rollup", "Pss:") / KIB_PER_MB for pid in processes_of(group)]


def peak_mb(pid: int) -> float:
    """Return the most resident memory that a process has had, in MB."""
    return _read_kib(pid, "status", "VmHWM:") / KIB_PER_MB


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    return _read_kib(pid, "status", "VmRSS:") / KIB_PER_MB


def _read_kib(pid: int, file: str, name: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
