"""A vocabulary of UMLS's size: time and memory to build it, to open it, and what two workers share.

Writes a made-up MRCONSO.RRF of `--strings` English strings (words of syllables, drawn as unevenly as real ones; 2.4
strings a concept) with its MRSTY.RRF, and measures, each in a process of its own and in turn: reading the file bare
(every line split at '|'), the build, opening and 20,000 look-ups, two workers at once with the vocabulary open (RSS
counts shared pages twice, PSS, from /proc/self/smaps_rollup, once), and the peer, a plain dictionary of the same keys
to their CUIs in each worker.

    python scripts/bench_vocabulary.py --strings 8000000 --folder /tmp/bench_vocabulary
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.normalise import key_of
from rocov2.concepts.rrf import read_rrf
from rocov2.concepts.vocabulary import open_vocabulary

SYLLABLES = [a + b for a in "bcdfghlmnprstv" for b in ("a", "e", "i", "o", "al", "er", "on", "ul", "ic", "os")]
WORDS = 200_000
STRINGS_PER_CONCEPT = 2.4
SOURCES = (("SNOMEDCT_US", "PT"), ("SNOMEDCT_US", "SY"), ("MSH", "MH"), ("MSH", "ET"), ("NCI", "PT"), ("RXNORM", "SCD"))
LOOKUPS = 20_000
_BLOCK = 100_000


def generate(folder: Path, strings: int) -> None:
    """Write MRCONSO.RRF and MRSTY.RRF; the same number gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))) for _ in range(WORDS)]
    numbers = np.random.default_rng(7)
    cuis = np.sort(numbers.integers(1, int(strings / STRINGS_PER_CONCEPT) + 1, strings))
    part = folder / "MRCONSO.part"
    with part.open("w", encoding="utf-8") as conso:
        for start in range(0, strings, _BLOCK):
            block = cuis[start : start + _BLOCK].tolist()
            lengths = numbers.integers(1, 8, len(block)).tolist()
            picks = iter((numbers.random(sum(lengths)) ** 4 * WORDS).astype(int).tolist())
            for number, (cui, length) in enumerate(zip(block, lengths, strict=True), start):
                text = " ".join([words[next(picks)] for _ in range(length)])
                source, tty = SOURCES[number % len(SOURCES)]
                flag = "P" if number % 2 else "S"
                conso.write(
                    f"C{cui:07d}|ENG|{flag}|L{number:07d}|PF|S{number:07d}|Y|A{number:07d}||||{source}|{tty}|D{number}"
                    f"|{text}|0|N|256|\n"
                )
    with (folder / "MRSTY.RRF").open("w", encoding="utf-8") as types:
        for cui in np.unique(cuis).tolist():
            types.write(f"C{cui:07d}|T{cui * 7 % 127 + 1:03d}|A1|Type|AT1|256|\n")
    part.rename(folder / "MRCONSO.RRF")


def bare(folder: Path) -> dict[str, Any]:
    """Read the file and split its lines, nothing else: no reader in Python can be faster."""
    with (folder / "MRCONSO.RRF").open(encoding="utf-8") as conso:
        return {"strings": sum(1 for line in conso if line.split("|"))}


def build(folder: Path) -> dict[str, Any]:
    """Build the vocabulary as `rocov2 vocabulary build --umls` does, without derived forms."""
    return dict(build_vocabulary(read_rrf(folder), folder / "vocabulary").info)


def load(folder: Path) -> dict[str, Any]:
    """Open the vocabulary and look strings up; workers wait between, so that both hold it when they are measured."""
    sample = (folder / "sample.txt").read_text("utf-8").splitlines()
    before, started = memory()["pss_mb"], time.process_time()
    vocabulary = open_vocabulary(folder / "vocabulary")
    opened = time.process_time() - started
    started = time.process_time()
    found = sum(bool(vocabulary.lookup(text)) for text in sample)
    asked = time.process_time() - started
    answer = {"open_cpu_ms": round(opened * 1000, 1), "lookups_cpu_s": round(len(sample) / asked), "found": found}
    return answer | together(before)


def dictionary(folder: Path) -> dict[str, Any]:
    """The peer: key -> CUIs of the same strings in a dictionary."""
    keys: dict[str, tuple[str, ...]] = {}
    before, started = memory()["pss_mb"], time.process_time()
    for term in read_rrf(folder):
        key = key_of(term.text)
        keys[key] = (*keys.get(key, ()), term.cui)
    answer = {"open_cpu_ms": round((time.process_time() - started) * 1000), "keys": len(keys)}
    return answer | together(before)


def together(before: int) -> dict[str, int]:
    """Say that this worker is ready, wait for the word, and measure while the other worker still holds its pages.

    `held_mb` is the PSS without what the interpreter and its libraries had before.
    """
    print("ready", flush=True)
    sys.stdin.readline()
    sizes = memory()
    time.sleep(2)
    return sizes | {"held_mb": sizes["pss_mb"] - before}


def memory() -> dict[str, int]:
    """What this process holds, in megabytes."""
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in rollup}
    return {f"{name.lower()}_mb": round(sizes[name] / 1024) for name in ("Rss", "Pss", "Private_Dirty")}


STEPS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "bare": bare,
    "build": build,
    "load": load,
    "dictionary": dictionary,
}


def workers(step: str, folder: Path, number: int) -> list[dict[str, Any]]:
    """Run a step in `number` processes at once, all measured while all are ready."""
    words = [sys.executable, __file__, "--folder", str(folder), "--only", step]
    running = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)]
    if step in ("load", "dictionary"):
        for process in running:
            assert process.stdout
            process.stdout.readline()
        for process in running:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in running]


def only(step: str, folder: Path) -> None:
    """One step in this process: what it found, wall and CPU seconds, the most memory held."""
    started = time.perf_counter()
    found = STEPS[step](folder)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    found |= {"wall_s": round(time.perf_counter() - started, 1), "cpu_s": round(usage.ru_utime + usage.ru_stime, 1)}
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps(found | {"peak_mb": int(line.split()[1]) // 1024}))


def main() -> None:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=int, default=8_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder, or that of an earlier run")
    parser.add_argument("--only", choices=tuple(STEPS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        only(options.only, options.folder)
        return
    if not (options.folder / "MRCONSO.RRF").is_file():
        generate(options.folder, options.strings)
    with (options.folder / "MRCONSO.RRF").open(encoding="utf-8") as conso:
        step = max(1, options.strings // LOOKUPS)
        sample = [line.split("|")[14] for number, line in enumerate(conso) if number % step == 0]
    (options.folder / "sample.txt").write_text("\n".join(sample), "utf-8")
    print("bare read ", plain := workers("bare", options.folder, 1)[0], flush=True)
    print("build     ", built := workers("build", options.folder, 1)[0], flush=True)
    print("one worker", one := workers("load", options.folder, 1)[0], flush=True)
    print("two       ", two := workers("load", options.folder, 2), flush=True)
    print("dictionary", peer := workers("dictionary", options.folder, 1)[0], flush=True)
    print(
        f"build: {built['cpu_s'] / plain['cpu_s']:.1f} times the CPU of a bare read, {built['peak_mb']} MB at the peak"
    )
    print(f"two workers hold {sum(w['held_mb'] for w in two)} MB together, one {one['held_mb']} MB, two dictionaries")
    print(
        f"{2 * peer['held_mb']} MB; opened with 1/{peer['open_cpu_ms'] / max(one['open_cpu_ms'], 0.1):.0f} of their CPU"
    )


if __name__ == "__main__":
    main()
