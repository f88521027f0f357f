"""Where failing examples are kept: a directory, a Redis server, both; and what happens without the server."""

from __future__ import annotations

import builtins
import socket
import warnings
from pathlib import Path
from typing import Any

import fakeredis
import pytest
import redis
from example_database import Optional, database, redis_database
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, MultiplexedDatabase
from hypothesis.extra.redis import RedisExampleDatabase

SECRET = "opensesame"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> fakeredis.FakeServer:
    """What clients of any URL talk to."""
    server = fakeredis.FakeServer()
    monkeypatch.setattr(redis.Redis, "from_url", lambda url, **_: fakeredis.FakeRedis(server=server))
    return server


def with_redis(directory: Path, url: str = "redis://localhost/0") -> Any:
    return database({"FACTFUZZ_EXAMPLES": str(directory), "FACTFUZZ_REDIS": url})


def test_examples_are_kept_in_the_project_unless_told_otherwise() -> None:
    assert database({}) == DirectoryBasedExampleDatabase(Path(__file__).parents[3] / ".hypothesis" / "examples")


def test_a_shared_directory(tmp_path: Path) -> None:
    one, other = (database({"FACTFUZZ_EXAMPLES": str(tmp_path / "new")}) for _ in range(2))
    one.save(b"key", b"example")
    assert list(other.fetch(b"key")) == [b"example"]


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(pytest.UsageError, match=r"FACTFUZZ_EXAMPLES: .*file is not a directory"):
        database({"FACTFUZZ_EXAMPLES": str(tmp_path / "file")})


def test_two_machines_share_examples_by_redis(server: fakeredis.FakeServer, tmp_path: Path) -> None:
    one, other = with_redis(tmp_path / "one"), with_redis(tmp_path / "other")
    assert isinstance(one, MultiplexedDatabase)
    one.save(b"key", b"first")
    one.move(b"key", b"later", b"first")
    one.save(b"key", b"second")
    assert (list(other.fetch(b"key")), list(other.fetch(b"later"))) == ([b"second"], [b"first"])
    other.delete(b"key", b"second")
    assert list(fakeredis.FakeRedis(server=server).keys()) == [b"hypothesis-example:later"]


def test_a_failure_here_is_tried_first_there(server: fakeredis.FakeServer, tmp_path: Path) -> None:
    """Hypothesis goes by the test's source, so it is the same test."""

    def ran(directory: Path) -> list[int]:
        seen: list[int] = []

        @settings(database=with_redis(directory), deadline=None, derandomize=False, max_examples=500)
        @given(st.integers(0, 10**9))
        def test(n: int) -> None:
            seen.append(n)
            assert n < 50

        with pytest.raises(AssertionError):
            test()
        return seen

    ran(tmp_path / "one")
    assert ran(tmp_path / "other")[0] == 50


def unreachable() -> str:
    """The URL of a server that there is not, with a password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://user:{SECRET}@127.0.0.1:{free.getsockname()[1]}/3?password={SECRET}"


def test_without_the_server_tests_go_on_with_one_warning(tmp_path: Path) -> None:
    both = with_redis(tmp_path, unreachable())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        both.save(b"key", b"example")
        assert list(both.fetch(b"key")) == [b"example"]
        both.move(b"key", b"other", b"example")
        both.delete(b"other", b"example")
    (warning,) = caught
    told = str(warning.message)
    assert "the Redis server redis://127.0.0.1:" in told and "/3 (FACTFUZZ_REDIS) is not used" in told
    assert "ConnectionError" in told
    assert SECRET not in told + repr(both)


def test_after_a_failure_the_server_is_not_asked_again() -> None:
    class Broken(RedisExampleDatabase):
        asked = 0

        def fetch(self, key: bytes) -> Any:
            Broken.asked += 1
            raise redis.exceptions.AuthenticationError(SECRET)

    shared = Optional(Broken(fakeredis.FakeRedis()), "it", (redis.exceptions.RedisError,))
    with pytest.warns(UserWarning, match="it failed with AuthenticationError"):
        assert [list(shared.fetch(b"key")) for _ in range(3)] == [[], [], []]
    assert Broken.asked == 1


@pytest.mark.parametrize("url", [f"http://user:{SECRET}@host/", SECRET, f"redis://user:{SECRET}@host:port/0"])
def test_a_url_that_is_none_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(pytest.UsageError, match="FACTFUZZ_REDIS is not the URL of a server") as refused:
        redis_database(url)
    assert SECRET not in str(refused.value)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any) -> Any:
        if name.startswith(("redis", "hypothesis.extra.redis")):
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(pytest.UsageError, match=r"pip install 'factfuzz\[redis\]'"):
        redis_database("redis://localhost")
