"""The project files that the user trusts: each by its path and its content, in a folder of the state folder.

A record is a file of this user's alone, named after the path and holding the digest of path and content. The path is
where the file was found, not the target of a link there: trust in one checkout does not extend to another.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from hookscope import paths
from hookscope.errors import UsageError
from hookscope.private_files import write_private


def is_trusted(file: Path, content: bytes) -> bool:
    """Return whether the user has trusted the file with this very content."""
    with suppress(OSError):
        descriptor = os.open(_record(file), os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as record:
            about = os.fstat(descriptor)
            is_ours = about.st_uid == os.getuid() and not about.st_mode & 0o022
            return is_ours and record.readline().strip() == _digest(file, content)
    return False


def trust(file: Path, content: bytes) -> None:
    """Remember that the user trusts the file with this content. Raises HookscopeError."""
    record = _record(file)
    paths.private_folder(record.parent)
    write_private(record, [_digest(file, content), b"\n", _identity(file), b"\n"])


def revoke(file: Path) -> bool:
    """Revoke the trust, whatever the file holds now; return False when there was none. Raises UsageError."""
    try:
        _record(file).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UsageError(
            f"the trust in {file} cannot be revoked: {error.strerror}", hint=f"remove {_record(file)}"
        ) from error
    return True


def _record(file: Path) -> Path:
    return paths.trusted_folder() / hashlib.sha256(_identity(file)).hexdigest()


def _identity(file: Path) -> bytes:
    return os.fsencode(file.parent.resolve() / file.name)


def _digest(file: Path, content: bytes) -> bytes:
    return hashlib.sha256(_identity(file) + b"\0" + content).hexdigest().encode()
