"""`python -m rocov2` is the command `rocov2`."""

from rocov2.cli.main import run

if __name__ == "__main__":
    run()
