"""What is said of known differences, without what it takes to recognise them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

from fuzz.store.records import RunKey

DIRECTORY = Path(__file__).resolve().parent.parent.parent / "corpus" / "known"


class Known:
    """Title, verdict and link of the known difference with that *id*; the id stands for a title that cannot be read."""

    def __init__(self, id: str, document: dict[str, object]) -> None:
        self.id = id
        self.title = str(document.get("title", id))
        self.verdict = str(document.get("verdict", ""))
        self.link = str(document.get("link", ""))
        self.section = str(document.get("section", ""))
        self._engine = str(document.get("engine", ""))
        self._versions = document.get("versions", [])
        self._reentrance = str(document.get("reentrance", ""))

    def concerns(self, run: RunKey) -> bool:
        """Whether it could have shown in that run: the engine took part, in such a version, under such a setting."""
        version = dict(run.engines).get(self._engine)
        versions = self._versions if isinstance(self._versions, list) else []
        return (
            version is not None and any(version.startswith(str(v)) for v in versions)
            and self._reentrance in ("", run.reentrance)
        )


def known_differences(directory: Path = DIRECTORY) -> dict[str, Known]:
    """By id; those whose file can be read."""
    return dict(_read(sorted(directory.glob("*.toml"))))


def _read(paths: Iterable[Path]) -> Iterable[tuple[str, Known]]:
    for path in paths:
        try:
            yield path.stem, Known(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
