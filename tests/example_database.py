"""Where Hypothesis keeps failing examples: a directory, which may be shared, and a Redis server.

`FACTFUZZ_EXAMPLES` names the directory, `.hypothesis/examples` unless it is set. With `FACTFUZZ_REDIS`, the URL of a
server, examples are kept there too, for eight days after they last failed, and those of others are tried.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase, MultiplexedDatabase

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
SECONDS = 2.0
"""A server that does not answer for so long counts as unreachable."""


def database(environment: Mapping[str, str]) -> ExampleDatabase:
    """As *environment* says. Raises `pytest.UsageError`."""
    directory = environment.get("FACTFUZZ_EXAMPLES") or str(ROOT / ".hypothesis" / "examples")
    if Path(directory).exists() and not Path(directory).is_dir():
        raise pytest.UsageError(f"FACTFUZZ_EXAMPLES: {directory} is not a directory")
    local = DirectoryBasedExampleDatabase(directory)
    url = environment.get("FACTFUZZ_REDIS")
    return MultiplexedDatabase(local, redis_database(url)) if url else local


def redis_database(url: str) -> Optional:
    """The database of the server at *url*. Nothing is asked of it yet. Raises `pytest.UsageError`."""
    try:
        from hypothesis.extra.redis import RedisExampleDatabase
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry
    except ImportError:
        raise pytest.UsageError("FACTFUZZ_REDIS needs the package redis: pip install 'factfuzz[redis]'") from None
    try:
        server = Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0))
        name = without_secrets(url)
    except ValueError:
        raise pytest.UsageError("FACTFUZZ_REDIS is not the URL of a server, such as redis://host:6379/0") from None
    return Optional(RedisExampleDatabase(server), f"the Redis server {name} (FACTFUZZ_REDIS)", (RedisError, OSError))


def without_secrets(url: str) -> str:
    """Scheme, host, port and path: no user, no password, no query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


class Optional(ExampleDatabase):
    """*inner* for as long as it works. After the first of *errors* it is left alone, with a warning that gives its
    *name*: a test does not fail for it, nor wait for it again and again."""

    def __init__(self, inner: ExampleDatabase, name: str, errors: tuple[type[Exception], ...]) -> None:
        super().__init__()
        self.inner = inner
        self.name = name
        self.errors = errors
        self.works = True

    def __repr__(self) -> str:
        return f"Optional({self.name})"

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._tried(lambda: list(self.inner.fetch(key)), [])

    def save(self, key: bytes, value: bytes) -> None:
        self._tried(lambda: self.inner.save(key, value), None)

    def delete(self, key: bytes, value: bytes) -> None:
        self._tried(lambda: self.inner.delete(key, value), None)

    def move(self, src: bytes, dest: bytes, value: bytes) -> None:
        self._tried(lambda: self.inner.move(src, dest, value), None)

    def _tried(self, act: Callable[[], T], otherwise: T) -> T:
        if not self.works:
            return otherwise
        try:
            return act()
        except self.errors as error:
            self.works = False
            warnings.warn(f"{self.name} is not used from here on, examples are kept in the directory only: it failed "
                          f"with {type(error).__name__}", UserWarning, stacklevel=2)
            return otherwise
