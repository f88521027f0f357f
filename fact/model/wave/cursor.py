"""A position in WAVE text, and what stands there."""

from __future__ import annotations

from fact.model.types import ValType
from fact.model.wave.lexis import WORD, WaveError, brief, past_quotation, past_space


class Cursor:
    """A position in *text*, whose first character stands at *column*. Every method may raise `WaveError`."""

    def __init__(self, text: str, column: int = 1) -> None:
        self.text = text
        self.first_column = column
        self.position = past_space(text, 0)

    @property
    def column(self) -> int:
        return self.first_column + self.position

    @property
    def next(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.position : self.position + 1]

    def end(self) -> None:
        if self.next:
            raise self.error(f"`{brief(self.text[self.position :])}` after the value", "the end")

    def error(self, message: str, expected: str) -> WaveError:
        return WaveError(message, self.column, expected)

    def unlike(self, t: ValType, expected: str) -> WaveError:
        """The token here is no value of type *t*."""
        name = brief(str(t))
        article = "an" if name.startswith(("enum", "option", "own", "f32", "f64")) else "a"
        return self.error(f"`{brief(self.token())}` is not {article} {name}", expected)

    def token(self) -> str:
        """What stands here, up to the next space or punctuation: for messages."""
        if self.next in ("'", '"'):
            return self.text[self.position : past_quotation(self.text, self.position, self.column)]
        word = WORD.match(self.text, self.position)
        return word.group() if word else self.next

    def word(self) -> str:
        """The word here, not yet passed; empty if there is none."""
        word = WORD.match(self.text, self.position)
        return word.group() if word else ""

    def advance(self, length: int) -> None:
        """Past *length* characters and the space behind them."""
        self.position = past_space(self.text, self.position + length)

    def take(self, character: str) -> bool:
        """Passes *character* if it stands here; whether it does."""
        if not self.text.startswith(character, self.position):
            return False
        self.advance(1)
        return True

    def expect(self, character: str, expected: str) -> None:
        if not self.take(character):
            found = f"`{brief(self.token())}`" if self.next else "the text ends"
            raise self.error(f"{found} where `{character}` is missing", expected)
