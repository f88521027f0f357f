"""Names of imports and exports. Explainer.md, "Import and Export Definitions": `externname`."""

from __future__ import annotations

import pytest
from link_samples import plan_of

NAMES = [
    "plain", "with-several-WORDS-2", "[constructor]thing", "[method]thing.do", "[static]thing.make",
    "a:b/c", "a:b/c@1.2.3", "a:b/c@1.2.3-rc.1+build.5",
]
"""Every form that the tools in use take for valid."""

TYPES = {
    "[constructor]thing": "(func (result (own $thing)))",
    "[method]thing.do": '(func (param "self" (borrow $thing)))',
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_form_is_the_imports_path(name: str) -> None:
    function = f'(import "{name}" {TYPES.get(name, "(func)")})'
    plan = plan_of(f'(component (import "thing" (type $thing (sub resource))) {function})')
    assert [h.path for h in plan.host_imports] == [(name,)]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("[")])
def test_a_name_of_any_form_is_the_exports_path(name: str) -> None:
    plan = plan_of(f"""(component
      (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (export "{name}" (func $f)) (instance $bag (export "{name}" (func $f))) (export "bag" (instance $bag)))""")
    assert {name, f"bag#{name}"} <= set(plan.function_exports())


@pytest.mark.parametrize("attribute", ['(implements "a:b/c")', '(versionsuffix ".2.3")', '(external-id "x y")'])
def test_attributes_of_a_name_do_not_change_it(attribute: str) -> None:
    """Binary.md, "Import and Export Definitions": names are compared without them."""
    name = "a:b/c@1" if "version" in attribute else "local"
    plan = plan_of(f"""(component
      (component $C (import "{name}" {attribute} (instance $i (export "f" (func))))
        (export "{name}" {attribute} (instance $i)))
      (import "i" (instance $i (export "f" (func))))
      (instance $c (instantiate $C (with "{name}" (instance $i))))
      (export "e" (instance $c "{name}")))""")
    assert set(plan.function_exports()) == {"e#f"}
