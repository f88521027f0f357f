"""Foci in which two guests, or a guest and the host, pass values of a few types on, and perhaps one thing is hostile.

What a fault needs is among the types by construction: the generators come to each of them, but among thousands of
others, and change their distribution now and then.
"""

from __future__ import annotations

from faulty_choices import (
    NARROW,
    Choices,
    bad_last_char,
    bad_length,
    bad_list_length,
    bad_part,
    bad_texts,
    char_arguments,
    cut_short,
    damages,
    empty_past_the_end,
    extra_flag_bits,
    first_case_too_many,
    growing_reallocs,
    is_list,
    late_realloc_results,
    leaving_post_returns,
    leaving_reallocs,
    long_length,
    long_pointers,
    meddling_post_returns,
    misaligned_results,
    misleading_utf8,
    narrow_arguments,
    narrow_results,
    padding,
    pointers,
    realloc_results,
    result_pointers,
)
from faulty_focus import Focus, one_of_kind
from faulty_pairs import (
    Drawn,
    asking,
    of_types,
    overlapping,
    passing,
    runs,
    siblings,
    starting,
    taking,
    telling,
    through_the_parent,
    throwing,
    twins,
    two_allocators,
    two_memories,
    within,
)
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fact.model.types import Prim
from generators.valtypes import EnumOf, FlagsOf, ListOf, MapOf, OptionOf, RecordOf, ResultOf, TupleOf, Type, VariantOf

Types = list[tuple[Type, ...]]


def of(name: str, types: Types, why: str) -> Focus:
    return Focus(name, passing(of_types(types)), why)


def over(name: str, types: Types, kind: Choices, why: str) -> Focus:
    return Focus(name, one_of_kind(passing(of_types(types)), kind), why)


def _is_text(t: Type) -> bool:
    return t is Prim.STRING


def _is_flags(t: Type) -> bool:
    return isinstance(t, FlagsOf)


# -- values that are one core value, or several

_SCALARS: Types = [(Prim.U16, Prim.U16), (Prim.S16, Prim.S16), (Prim.U32, Prim.U32), (Prim.S8, Prim.F64, Prim.F64)]
_NARROW: Types = [(t,) for t in NARROW]

SCALARS = Focus(
    "scalars", passing(of_types(_SCALARS)), "wasmtime agrees on scalars, whatever else it does otherwise", native=True,
)
SCALARS_FOR_THE_HOST = Focus(
    "scalars for the host", telling(of_types(_SCALARS)), "wasmtime agrees on scalars, whatever else it does otherwise",
    native=True,
)
NO_RESULT = Focus("no result", taking(of_types([(Prim.U32,)])), "a post-return where there is no result")
NARROW_ARGUMENTS = over("narrow arguments", _NARROW, narrow_arguments, "arguments with junk bits of five types alone")
NARROW_RESULTS = over("narrow results", _NARROW, narrow_results, "results with junk bits of five types alone")
BAD_CHARS = over("bad chars", [(Prim.CHAR,), (Prim.CHAR, Prim.CHAR)], char_arguments, "chars alone, most of them bad")
JOINED = of(
    "joined",
    [(ResultOf(Prim.S32, Prim.S64),), (ResultOf(Prim.F32, Prim.S64),), (VariantOf((Prim.F64, Prim.F32, Prim.U32)),)],
    "32 and 64 bits in one slot, and little else",
)
JOINED_PADDING = over(
    "joined padding", [(ResultOf(Prim.F32, Prim.S64),), (VariantOf((Prim.F32, Prim.S64)),)], padding,
    "an f32 in a slot of 64 bits with junk above it",
)
_SIXTEEN: Types = [
    *((Prim.U8,) * n for n in (15, 16, 17)), (TupleOf((Prim.U32,) * 16),), (Prim.STRING,) * 8,
    (ListOf(Prim.U8), *(Prim.S64,) * 14),
]
SIXTEEN = of("sixteen", _SIXTEEN, "as many flat values as the limit, or one more or less")

# -- values in memory

PAYLOADS = of(
    "payloads",
    [*within(OptionOf(Prim.U32), VariantOf((Prim.U8, Prim.U64, None)), ResultOf(Prim.STRING, Prim.U8)),
     (MapOf(Prim.U8, Prim.U32),), (OptionOf(Prim.U32), Prim.U32), (VariantOf((None, Prim.STRING)), Prim.U32)],
    "payloads that are smaller than others or not there, with something behind them",
)
MANY_CASES = of("many cases", within(EnumOf(257)), "257 cases, in memory, with something behind them")
UNUSUAL_SIZES = of(
    "unusual sizes",
    within(
        EnumOf(255), EnumOf(256), EnumOf(257), FlagsOf(16), FlagsOf(17), FlagsOf(31),
        TupleOf((Prim.U8, Prim.U8, Prim.U8)), VariantOf((Prim.U32, TupleOf((Prim.U8,) * 5))),
        TupleOf((Prim.U32, Prim.U16, Prim.U8)), TupleOf((Prim.U64, Prim.U16, Prim.U8)),
    ),
    "sizes next to where a rule changes, in memory, with something behind them",
)
WIDE_VARIANTS = of(
    "wide variants",
    within(*(VariantOf((t,) * 255 + (None,) * more) for t in (Prim.U8, Prim.BOOL) for more in (1, 2, 45))),
    "payloads of bytes behind a discriminant of one byte or two",
)
BOOL_FIELDS = of(
    "bool fields",
    within(Prim.BOOL, TupleOf((Prim.BOOL, Prim.BOOL)), TupleOf((Prim.BOOL, Prim.BOOL, Prim.U8, Prim.BOOL))),
    "bools side by side in memory",
)
RECORDS = of(
    "records", [*within(RecordOf((Prim.U8, Prim.U32)), RecordOf((Prim.U32, Prim.U8, Prim.U16)))],
    "fields of unlike sizes in memory",
)
LISTS = of(
    "empty lists", [(ListOf(Prim.U8), ListOf(Prim.BOOL)), (ListOf(ListOf(Prim.S8)),), (ListOf(Prim.U16),)],
    "lists of bytes, often empty",
)
BAD_PARTS = over(
    "bad parts", [*within(EnumOf(3)), (OptionOf(Prim.U32),), (ListOf(VariantOf((None, Prim.U8, None))),)],
    damages(lambda t: True, bad_part), "discriminants alone, most of them bad",
)
BAD_LISTS = over(
    "bad lists", [(ListOf(Prim.U32),), (ListOf(Prim.U64),), (ListOf(TupleOf((Prim.U8, Prim.U16))),)],
    damages(is_list, bad_list_length), "lists alone, most of them too long",
)
EMPTY_ANYWHERE = over(
    "empty lists anywhere", [(ListOf(Prim.U32),), (ListOf(Prim.U64), Prim.U8)], damages(is_list, empty_past_the_end),
    "empty lists alone, past the end of memory",
)
BOOLS_IN_LISTS = over(
    "bools in lists", [(ListOf(Prim.BOOL),), (ListOf(TupleOf((Prim.BOOL, Prim.BOOL))),)],
    damages(lambda t: t is Prim.BOOL, bad_part), "bools in memory that are neither 0 nor 1",
)
CHARS_IN_LISTS = over(
    "chars in lists", [(ListOf(Prim.CHAR),)], damages(is_list, bad_last_char),
    "lists that end with part of a vector, in which the last char is bad",
)
CASES_IN_LISTS = over(
    "cases in lists", [(ListOf(EnumOf(n)),) for n in (2, 3, 200)], damages(is_list, first_case_too_many),
    "lists that fill a vector, in which one case is the first too many",
)
FLAGS = of("flags", [(FlagsOf(n),) for n in (1, 8, 9, 32)], "flags alone, often the last one")
EXTRA_FLAGS = over(
    "extra flags", [(FlagsOf(3),), (FlagsOf(9), Prim.U8), *within(FlagsOf(3), FlagsOf(17))],
    damages(_is_flags, extra_flag_bits), "flags with bits past the last label",
)
PADDING = over(
    "padding", [*within(TupleOf((Prim.U8, Prim.U32))), (VariantOf((None, Prim.U32)),), (OptionOf(Prim.U64), Prim.U8)],
    padding, "junk in padding and in slots that a case does not use",
)

# -- text

STRINGS = Focus("strings", passing(runs()), "text alone, of runs of characters that take as many bytes")
BAD_TEXT = over(
    "bad text", [(Prim.STRING,)], damages(_is_text, bad_texts), "text alone, bad in one of all the ways there are",
)
MISLEADING_UTF8 = over(
    "misleading UTF-8", [(Prim.STRING,)], damages(_is_text, misleading_utf8),
    "bytes that make a code point, if one does not look closely",
)
CUT_SHORT = over(
    "cut short", [(Prim.STRING,)], damages(_is_text, cut_short), "characters cut short about the sixteenth byte",
)
BAD_LENGTHS = over(
    "bad lengths", [(Prim.STRING,)], damages(_is_text, bad_length), "text alone, most of it too long",
)

# -- pointers and realloc

_SPILLING: Types = [(Prim.U64, *(Prim.U8,) * 16), (Prim.STRING,) * 9, (Prim.U8, Prim.U32) * 9]
_RESULTS: Types = [(RecordOf((Prim.U8, Prim.U32)),), (TupleOf((Prim.U64, Prim.U8)),), (Prim.STRING,)]

SPILLED = of("spilled parameters", _SPILLING, "parameters that go through memory alone")
SPILLED_RESULTS = of("spilled results", _RESULTS, "results that go through memory alone")
POINTERS_OF_CALLERS = over(
    "pointers of callers", _SPILLING, pointers, "bad pointers to spilled parameters, of all kinds",
)
POINTERS_OF_REALLOC = over(
    "pointers of realloc", _SPILLING, realloc_results, "bad pointers from realloc for spilled parameters, of all kinds",
)
POINTERS_FOR_RESULTS = over(
    "pointers for results", _RESULTS, result_pointers, "bad pointers to spilled results, of all kinds",
)
MISALIGNED_RESULTS = over("misaligned results", _RESULTS, misaligned_results, "results at an odd address")
MEDDLING_POST_RETURN = over(
    "meddling post-return", [*_RESULTS, (ListOf(Prim.U8),)], meddling_post_returns,
    "a post-return that writes over the result",
)
LATE_REALLOC = over(
    "late realloc", [(Prim.STRING,), (ListOf(Prim.U32),), (ListOf(Prim.STRING),), (Prim.STRING,) * 8],
    late_realloc_results, "bad pointers from one of the first three reallocs, for a string or so many that a function "
    "moves them",
)
GROWING = over(
    "growing", [(Prim.STRING,), (ListOf(Prim.U32),)], growing_reallocs,
    "a realloc that grows the memory for each block",
)

OVERLAPPING = Focus(
    "overlapping", overlapping([(Prim.STRING, ListOf(Prim.U16)), (ListOf(Prim.U32), Prim.STRING, Prim.STRING)]),
    "a call within one instance, in which realloc returns what is still to be read",
)


def _long(arguments: SearchStrategy[Drawn], kind: Choices) -> SearchStrategy[object]:
    return one_of_kind(passing(arguments, ("i64",)), kind)


LONG_ADDRESSES = Focus(
    "long addresses", _long(of_types([(Prim.STRING,)]), damages(_is_text, long_length)),
    "lengths of more than 32 bits",
)
LONG_POINTERS = Focus(
    "long pointers", _long(of_types(_SPILLING), long_pointers), "pointers to spilled parameters of more than 32 bits",
)

# -- calls

ASKING = Focus("asking", asking(), "what a call leaves behind, seen by calls after it")
LEAVING_REALLOC = Focus(
    "leaving realloc", one_of_kind(asking(), leaving_reallocs), "a realloc that calls the host",
)
LEAVING_POST_RETURN = Focus(
    "leaving post-return", one_of_kind(asking(), leaving_post_returns),
    "a post-return that calls the host or another component",
)
THROWING = Focus("throwing", throwing(), "a guest throws where the caller would catch it")
STARTING = Focus("starting", st.just(starting()), "two start functions that need nothing of each other")
TWO_MEMORIES = Focus("two memories", st.just(two_memories()), "two lowers with the two memories of one guest")
TWO_ALLOCATORS = Focus("two allocators", st.just(two_allocators()), "two lifts with the reallocs of two guests")
TWINS = Focus("twins", st.just(twins()), "two functions of one type and instance, and nothing else")
SIBLINGS = Focus("siblings", st.just(siblings()), "two instances of one component, and nothing else but their caller")
THROUGH_THE_PARENT = Focus(
    "through the parent", st.just(through_the_parent()), "a component is entered again by way of its child's callee",
)
