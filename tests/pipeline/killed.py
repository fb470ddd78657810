"""Run the command line in this process and end it by SIGKILL just before it gives a file its final name.

    python -m tests.pipeline.killed PATTERN COUNT build --source ...

Every file of a run takes its name by a rename, so that a regular expression of that name is a place in the run.
"""

import os
import re
import signal
import sys


def main():
    pattern, left = re.compile(sys.argv[1]), int(sys.argv[2])
    sys.argv[1:] = sys.argv[3:]
    renames = {name: getattr(os, name) for name in ("rename", "replace", "link")}

    def watched(name):
        def call(source, target, **options):
            nonlocal left
            left -= bool(pattern.search(os.fspath(target)))
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return renames[name](source, target, **options)

        return call

    for name in renames:
        setattr(os, name, watched(name))
    from rocov2.cli.main import run

    run()


if __name__ == "__main__":
    main()
