"""`python -m hookscope` is the `hookscope` command."""

from hookscope.cli import main

if __name__ == "__main__":
    main()
