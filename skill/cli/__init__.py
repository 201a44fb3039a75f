"""The command line `tactful`: data on standard output, everything for people on standard error."""


def main() -> None:
    """Run the command line; the entry point of the distribution."""
    from skill.cli.app import app

    app()
