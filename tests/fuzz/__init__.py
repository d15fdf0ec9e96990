"""Coverage-guided fuzzing: `python -m tests.fuzz` has atheris look for bytes that break what must always hold."""
