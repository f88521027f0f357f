"""Components made flat, and names made short."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest
from minimise_scripts import definition, finding, named_component
from wasmtime import wat2wasm

from fuzz.engines.base import Engine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.scripts.inlining import dissolved, nested_components
from fuzz.minimise.scripts.job import observed
from fuzz.minimise.scripts.labels import Kind, labels_of, relabelled
from fuzz.minimise.scripts.model import ScriptParts, load_parts
from fuzz.minimise.scripts.passes_names import shorter_names
from fuzz.minimise.scripts.reducer import reduce_script
from fuzz.minimise.scripts.search import Oracle, Search, Target
from fuzz.minimise.scripts.signature import script_divergence
from fuzz.minimise.scripts.splitting import instance_imports, taken_apart
from fuzz.minimise.scripts.straight import exported_again, stand_ins, without_stand_ins
from fuzz.minimise.scripts.tree import Tree, walk
from fuzz.minimise.scripts.trial import HereRunner
from fuzz.validate import is_valid


def valid(tree: Tree) -> bool:
    return is_valid(bytes(wat2wasm(tree.text)))


def gone(text: str, name: str) -> Tree:
    """*text* with its component *name* dissolved."""
    smaller = dissolved(named_component(text), name)
    assert smaller is not None
    assert valid(smaller)
    return smaller


LEAF = """(core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))"""


# -- a component in the one around it


def test_definitions_take_the_place_of_an_instance() -> None:
    tree = gone(f"""(component
      (import "host" (func $host (param "n" u32) (result u32)))
      (component $C
        (import "x" (func $x (param "n" u32) (result u32)))
        (core func $x' (canon lower (func $x)))
        {LEAF}
        (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
      (instance $c (instantiate $C (with "x" (func $host))))
      (export "f" (func $c "f")))""", "$C")
    assert nested_components(tree) == []
    assert not tree.names & {"$C", "$c", "$x"}
    assert [n.text for n in walk(tree) if n[:2] == ("canon", "lower")] == ["(canon lower (func $host))"]
    (lifted,) = [n for n in tree.trees if n.head == "func"]
    (exported,) = [n for n in tree.trees if n.head == "export"]
    assert exported[3].text.startswith(f"(func {lifted[1]}")  # type: ignore[union-attr]
    assert exported[2] == '"f"'


def test_aliases_that_reach_out_of_it_are_a_level_shorter() -> None:
    tree = gone("""(component $root
      (type $far (list u8))
      (component $P
        (type $near (list u16))
        (component $C
          (alias outer $P $near (type $near'))
          (alias outer $root $far (type $far'))
          (type $own (list u32))
          (component $D
            (alias outer $C $own (type $a))
            (alias outer $P $near (type $b))
            (alias outer $root $far (type $c))
            (import "f" (func (param "a" $a) (param "b" $b) (param "c" $c))))
          (import "g" (func $g (param "b" $near') (param "c" $far') (result $own)))
          (import "i" (instance (alias outer $root $far (type $t)) (export "h" (func (param "c" $t))))))
        (import "g" (func $g (param "b" $near) (param "c" (list u8)) (result (list u32))))
        (import "i" (instance $i (export "h" (func (param "c" (list u8))))))
        (instance (instantiate $C (with "g" (func $g)) (with "i" (instance $i))))))""", "$C")
    outer = {str(n[3]): n[2] for n in walk(tree) if n[:2] == ("alias", "outer") and n[3] in ("$own", "$near")}
    assert outer == {"$own": "1", "$near": "1"}
    assert sorted(str(n[2]) for n in walk(tree) if n[:2] == ("alias", "outer") and n[3] == "$far") == ["1", "2", "2"]


def test_an_instance_that_is_used_as_a_whole_stays_as_a_bundle() -> None:
    tree = gone(f"""(component
      (component $C {LEAF}
        (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f")))
        (func (export "g") (param "n" s32) (result s32) (canon lift (core func $i "f"))))
      (instance $c (instantiate $C))
      (component $User (import "c" (instance (export "f" (func (param "n" u32) (result u32))))))
      (instance (instantiate $User (with "c" (instance $c))))
      (export "g" (func $c "g")))""", "$C")
    (bundle,) = [n for n in tree.trees if n[:2] == ("instance", "$c")]
    assert [n[1] for n in bundle.trees] == ['"f"', '"g"']
    assert not [n for n in walk(tree) if n[:3] == ("alias", "export", "$c")]


def test_a_resource_is_the_same_under_every_name() -> None:
    tree = gone("""(component
      (component $C
        (type $r (resource (rep i32)))
        (export $R "r" (type $r))
        (core func $new (canon resource.new $R))
        (func (export "make") (param "n" u32) (result (own $R)) (canon lift (core func $new))))
      (instance $c (instantiate $C))
      (alias export $c "r" (type $r'))
      (core func $make (canon lower (func $c "make")))
      (core func $drop (canon resource.drop $r')))""", "$C")
    (resource,) = [n for n in tree.trees if n.head == "type" and isinstance(n[2], Tree) and n[2].head == "resource"]
    built_in = [n for n in walk(tree) if n.head == "canon" and str(n[1]).startswith("resource.")]
    assert [n[2] for n in built_in] == [resource[1]] * 2


def test_types_stay_exported_where_exported_functions_have_them() -> None:
    tree = named_component(f"""(component
      (component $C {LEAF}
        (type $e' (enum "a" "b")) (export $e "e" (type $e'))
        (func (export "f") (param "n" $e) (result u32) (canon lift (core func $i "f"))))
      (instance $c (instantiate $C))
      (export "t" (type $c "e"))
      (export "f" (func $c "f")))""")
    without, staying = dissolved(tree, "$C"), dissolved(tree, "$C", frozenset({"type"}))
    assert without is not None and staying is not None
    assert [n[2] for n in staying.trees if n.head == "export"] == ['"e"', '"t"', '"f"']
    assert [n[2] for n in without.trees if n.head == "export"] == ['"t"', '"f"']
    assert valid(staying)
    assert not valid(without)


@pytest.mark.parametrize("instances", ["", "(instance (instantiate $C)) (instance (instantiate $C))",
                                       "(instance (instantiate $C)) (export \"c\" (component $C))"])
def test_what_has_not_one_instance_stays(instances: str) -> None:
    assert dissolved(named_component(f"(component (component $C {LEAF}) {instances})"), "$C") is None


# -- what stands for another

CHAIN = """(component
  (import "host" (func $host))
  (component $Passes
    (import "in" (func $in))
    (export "out" (func $in)))
  (instance $one (instantiate $Passes (with "in" (func $host))))
  (instance $bundle (export "x" (func $one "out")))
  (component $Takes
    (import "i" (instance $i (export "x" (func))))
    (alias export $i "x" (func $x))
    (export "y" (func $x)))
  (instance $two (instantiate $Takes (with "i" (instance $bundle))))
  (core func $lowered (canon lower (func $two "y"))))"""


def test_a_function_that_is_passed_on_is_used_directly() -> None:
    tree = named_component(CHAIN)
    straight = without_stand_ins(tree, stand_ins(tree))
    assert valid(straight)
    assert "(canon lower (func $host))" in straight.text
    assert [str(n[2]) for n in walk(straight) if n.head == "alias"] == ["$i"]


def test_what_an_instance_defines_has_nothing_in_its_place() -> None:
    tree = named_component(f"""(component
      (component $C {LEAF} (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
      (instance $c (instantiate $C))
      (core func (canon lower (func $c "f"))))""")
    assert stand_ins(tree) == {}


def test_of_two_that_are_the_same_the_first_is_enough() -> None:
    tree = named_component("""(component
      (import "i" (instance $i (export "r" (type (sub resource)))))
      (alias export $i "r" (type $a)) (alias export $i "r" (type $b))
      (type $l (list u8)) (type $k (list u8))
      (type $new (resource (rep i32))) (type $other (resource (rep i32)))
      (import "f" (func (param "a" (own $a)) (param "b" (borrow $b)) (param "c" $l) (param "d" $k))))""")
    straight = without_stand_ins(tree, stand_ins(tree))
    assert valid(straight)
    assert {"$a", "$l", "$new", "$other"} <= straight.names
    assert not {"$b", "$k"} & straight.names


def test_what_is_exported_is_used_without_the_export() -> None:
    tree = named_component("""(component
      (type $r (resource (rep i32))) (export $R "r" (type $r))
      (core func $drop (canon resource.drop $R)))""")
    again = exported_again(tree)
    assert again == {"$R": "$r"}
    assert "(canon resource.drop $r)" in without_stand_ins(tree, again).text


def test_what_is_given_in_an_instance_is_given_apart() -> None:
    tree = named_component(f"""(component
      (component $A {LEAF}
        (type $r (resource (rep i32))) (export $R "r" (type $r))
        (func (export "f") (param "n" (borrow $R)) (result u32) (canon lift (core func $i "f")))
        (func (export "g") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
      (instance $a (instantiate $A))
      (component $B
        (type $u (list u8))
        (import "a" (instance $in
          (alias outer $B $u (type $v))
          (export "r" (type $R (sub resource)))
          (export "f" (func (param "n" (borrow $R)) (result u32)))
          (export "h" (func (param "n" $v)))))
        (core func (canon lower (func $in "f")))
        (core func (canon lower (func $in "f")))
        (type $idle (component))
        (import "k" (func (param "l" $u))))
      (import "k" (func $k (param "l" (list u8))))
      (import "h" (func $h (param "n" (list u8))))
      (instance $all (export "r" (type $a "r")) (export "f" (func $a "f")) (export "h" (func $h)))
      (instance (instantiate $B (with "a" (instance $all)) (with "k" (func $k)))))""")
    assert instance_imports(tree, "$B") == ['"a"']
    apart = taken_apart(tree, "$B", '"a"')
    assert apart is not None and valid(apart)
    (b,) = [n for n in walk(apart) if n[:2] == ("component", "$B")]
    assert [(n[1], n[2][0]) for n in b.trees if n.head == "import"] == [
        ('"r"', "type"), ('"f"', "func"), ('"k"', "func")]
    straight = without_stand_ins(apart, stand_ins(apart))
    assert valid(straight)
    given = [n for n in walk(straight) if n.head == "with"]
    assert [n[1] for n in given] == ['"k"', '"r"', '"f"']
    assert straight.text.count("$all") == 1


def test_a_component_that_is_only_exported_may_ask_for_its_parts() -> None:
    tree = named_component("""(component
      (component $B
        (import "a" (instance $in (export "f" (func))))
        (core func (canon lower (func $in "f"))))
      (export "b" (component $B)))""")
    apart = taken_apart(tree, "$B", '"a"')
    assert apart is not None and valid(apart)
    assert '(import "f" (func' in apart.text


@pytest.mark.parametrize("use", ['(export "again" (instance $in))', '(type $other (instance)) (export "a" (type $t))'])
def test_an_instance_that_is_used_as_a_whole_is_not_given_apart(use: str) -> None:
    tree = named_component(f"""(component
      (import "host" (instance $host (export "f" (func))))
      (component $B
        (type $t (instance (export "f" (func))))
        (import "a" (instance $in (type $t)))
        (core func (canon lower (func $in "f")))
        {use})
      (instance (instantiate $B (with "a" (instance $host)))))""")
    assert taken_apart(tree, "$B", '"a"') is None


# -- names


def test_labels_of_components_core_modules_and_parameters_are_apart() -> None:
    tree = named_component("""(component
      (import "n" (func $n (param "n" u32)))
      (core func $n' (canon lower (func $n)))
      (core module $m (import "n" "o" (func (param i32))) (memory (export "n") 1) (data (i32.const 0) "n"))
      (core instance $i (instantiate $m (with "n" (instance (export "o" (func $n'))))))
      (alias core export $i "n" (core memory $memory))
      (export "p" (func $n)))""")
    assert set(labels_of(tree)) == {(Kind.EXTERN, '"n"'), (Kind.EXTERN, '"p"'), (Kind.PARAM, '"n"'),
                                    (Kind.CORE, '"n"'), (Kind.CORE, '"o"')}
    changed = relabelled(tree, lambda kind, label: {Kind.EXTERN: '"long-name"', Kind.CORE: '"c"'}.get(kind, label)
                         if label == '"n"' else label)
    assert valid(changed)
    assert '(import "long-name"' in changed.text and '(param "n" u32)' in changed.text
    assert '(import "c" "o"' in changed.text and '(with "c"' in changed.text and '(export "c" (memory' in changed.text
    assert '(i32.const 0) "n")' in changed.text


# -- searches


def engines() -> dict[str, Engine]:
    return {"reference": ReferenceEngine(), "native": NativeEngine()}


def search_of(path: Path) -> Search:
    parts, both = load_parts(path), engines()
    runner = HereRunner(both)
    found = script_divergence(observed(parts, runner, tuple(both), str(path)))
    assert found is not None
    return Search(Oracle(runner, Target(found.signature, tuple(both)), str(path)), parts, monotonic() + 60)


def shows(parts: ScriptParts) -> str:
    found = script_divergence(observed(parts, HereRunner(engines()), ("reference", "native"), "here"))
    return "" if found is None else found.signature


def two_levels_down(script: str) -> str:
    inner = definition(script).text.removeprefix("(component")
    return f"""(component
      (component $Outer
        (component $Inner {inner}
        (instance $inner (instantiate $Inner))
        (export "again" (func $inner "run")))
      (instance $outer (instantiate $Outer))
      (export "run" (func $outer "again")))
    (invoke "run")"""


def test_a_finding_two_levels_down_becomes_flat(tmp_path: Path) -> None:
    path = tmp_path / "deep.wast"
    path.write_text(two_levels_down(finding("post-return-may-leave")), encoding="utf-8")
    search = search_of(path)
    assert reduce_script(search)
    assert shows(search.best) == search.oracle.target.signature
    (body,) = [d.body for d in search.best.directives if d.body is not None]
    assert len(nested_components(body)) == 1  # a call within one component has no adapter
    assert search.size.definitions <= 26


def labels_in(search: Search, kind: Kind) -> set[str]:
    return {label for d in search.best.directives if d.body is not None for k, label in labels_of(d.body) if k is kind}


def shortened(tmp_path: Path, text: str) -> Search:
    path = tmp_path / "named.wast"
    path.write_text(text, encoding="utf-8")
    search = search_of(path)
    before = search.size
    shorter_names(search)
    assert shows(search.best) == search.oracle.target.signature
    assert (search.size.definitions, search.size.code) == (before.definitions, before.code)
    return search


def test_names_are_shortened_and_so_are_calls(tmp_path: Path) -> None:
    method = f"""(component $Makes (type $q (resource (rep i32))) (export $r "res" (type $q))
      {LEAF} (func (export "[method]res.f") (param "self" (borrow $r)) (result u32) (canon lift (core func $i "f"))))
      (instance $made (instantiate $Makes)) (export "a:b/made@1.0.0" (instance $made))"""
    body = definition(finding("post-return-may-leave")).text.replace('"run"', '"runs-for-long"')
    search = shortened(tmp_path, f'{body[:-1]} {method}) (invoke "runs-for-long")')
    assert {len(label) for kind in (Kind.EXTERN, Kind.CORE) for label in labels_in(search, kind)} <= {2, 3}
    called = search.best.directives[1].command.action.field  # type: ignore[union-attr]
    assert f'"{called}"' in labels_in(search, Kind.EXTERN)
    assert not {"$Callee", "$callee"} & search.best.directives[0].body.names  # type: ignore[union-attr]


def test_a_name_that_the_host_knows_stays(tmp_path: Path) -> None:
    text = finding("post-return-may-leave")
    search = shortened(tmp_path, text[text.index("(component\n") :])
    long = {label for label in labels_in(search, Kind.EXTERN) if len(label) > 3}
    assert long == {'"host-return-two"'}
    assert "after-g" not in search.best.text and '(invoke "run")' not in search.best.text
