"""The command line `tactful`: data on standard output, everything for people on standard error."""


def main() -> None:
    """Run the command line; the entry point of the distribution."""
    import os

    # A question costs a few products of small matrices: threads would wait for each other longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from skill.cli.app import app

    app()
