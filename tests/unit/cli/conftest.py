from __future__ import annotations

from pathlib import Path

import pytest

SHELF = """(component
  (core module $D (global $gone (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $gone (local.get 0)))
    (func (export "gone") (result i32) (global.get $gone)))
  (core instance $d (instantiate $D))
  (type $book' (resource (rep i32) (dtor (core func $d "dtor"))))
  (export $book "book" (type $book'))
  (core func $new (canon resource.new $book))
  (core module $M (func (export "self") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (func (export "book-of") (param "page" u32) (result (own $book)) (canon lift (core func $new)))
  (func (export "page-of") (param "book" (borrow $book)) (result u32) (canon lift (core func $m "self")))
  (func (export "gone") (result u32) (canon lift (core func $d "gone"))))"""


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    """A component that gives the host handles and is lent them back."""
    path = tmp_path / "shelf.wat"
    path.write_text(SHELF)
    return str(path)
