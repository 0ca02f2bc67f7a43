#!/usr/bin/env python3
"""Fails when a dependency's licence is not one that this project may ship.

Reads `cargo metadata --format-version 1` on stdin. A licence expression (SPDX) passes when the allowed licences
satisfy it: `A OR B` needs one of them, `A AND B` both. Crates reached only through dev-dependencies are never
shipped, and may carry a few licences more.

`--self-test` runs the tests of this file instead.
"""

import json
import re
import sys
import unittest

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "NCSA", "Unicode-3.0", "Unlicense", "Zlib",
}
ALLOWED_IN_TESTS = ALLOWED | {"MPL-2.0"}

# name -> SPDX expression, for crates whose Cargo.toml has none; each was read in the crate's own licence file.
STATED_ELSEWHERE: dict[str, str] = {}

TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z0-9.+-]+)")


class BadExpression(ValueError):
    """The text is not a licence expression."""


def satisfied(expression: str, allowed: set[str]) -> bool:
    """Whether the allowed licences satisfy the expression. AND binds tighter than OR, WITH tightest."""
    # Before SPDX, crates wrote MIT/Apache-2.0 for a choice.
    text = expression.replace("/", " OR ").rstrip()
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise BadExpression(expression)
        tokens.append(match.group(1))
        at = match.end()

    def peek() -> str | None:
        return tokens[0] if tokens else None

    def either() -> bool:
        result = both()
        while peek() == "OR":
            tokens.pop(0)
            result = both() or result
        return result

    def both() -> bool:
        result = one()
        while peek() == "AND":
            tokens.pop(0)
            result = one() and result
        return result

    def one() -> bool:
        token = peek()
        if token is None or token in {")", "OR", "AND", "WITH"}:
            raise BadExpression(expression)
        tokens.pop(0)
        if token == "(":
            result = either()
            if peek() != ")":
                raise BadExpression(expression)
            tokens.pop(0)
            return result
        if peek() == "WITH":
            tokens.pop(0)
            if peek() is None or peek() in {"(", ")", "OR", "AND", "WITH"}:
                raise BadExpression(expression)
            return f"{token} WITH {tokens.pop(0)}" in allowed
        return token in allowed

    result = either()
    if tokens:
        raise BadExpression(expression)
    return result


def reached(metadata: dict, with_tests: bool) -> set[str]:
    """Ids of the packages that the workspace's own packages pull in."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    members = set(metadata["workspace_members"])
    seen = set(members)
    todo = list(members)
    while todo:
        node = nodes[todo.pop()]
        for dependency in node["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if (with_tests or kinds != {"dev"}) and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    return seen - members


def problems(metadata: dict) -> list[str]:
    """One line for each dependency that may not stay."""
    shipped = reached(metadata, with_tests=False)
    all_used = reached(metadata, with_tests=True)
    found = []
    for package in metadata["packages"]:
        if package["id"] not in all_used:
            continue
        name = f"{package['name']} {package['version']}"
        expression = package["license"] or STATED_ELSEWHERE.get(package["name"])
        if expression is None:
            found.append(f"{name}: its Cargo.toml states no licence")
            continue
        try:
            allowed = ALLOWED if package["id"] in shipped else ALLOWED_IN_TESTS
            if not satisfied(expression, allowed):
                found.append(f"{name}: {expression} is not allowed")
        except BadExpression:
            found.append(f"{name}: {expression!r} is not a licence expression")
    return sorted(found)


class SelfTest(unittest.TestCase):
    def test_one_side_of_or_is_enough(self):
        self.assertTrue(satisfied("MIT OR GPL-3.0-only", ALLOWED))
        self.assertTrue(satisfied("GPL-3.0-only/MIT", ALLOWED))

    def test_and_needs_both(self):
        self.assertTrue(satisfied("MIT AND Unicode-3.0", ALLOWED))
        self.assertFalse(satisfied("MIT AND GPL-3.0-only", ALLOWED))

    def test_and_binds_tighter_than_or(self):
        self.assertTrue(satisfied("MIT OR GPL-2.0-only AND GPL-3.0-only", ALLOWED))
        self.assertTrue(satisfied("GPL-2.0-only AND GPL-3.0-only OR MIT", ALLOWED))
        self.assertFalse(satisfied("(MIT OR GPL-2.0-only) AND GPL-3.0-only", ALLOWED))

    def test_parentheses_nest(self):
        self.assertTrue(satisfied("((MIT) AND (ISC OR (GPL-3.0-only OR Zlib)))", ALLOWED))

    def test_an_exception_is_a_licence_of_its_own(self):
        self.assertTrue(satisfied("Apache-2.0 WITH LLVM-exception", ALLOWED))
        self.assertFalse(satisfied("Apache-2.0 WITH Swift-exception", ALLOWED))
        self.assertFalse(satisfied("GPL-2.0-only WITH LLVM-exception", ALLOWED))

    def test_a_plus_widens_nothing(self):
        self.assertFalse(satisfied("GPL-2.0+", ALLOWED))

    def test_nonsense_is_refused(self):
        for text in ["", "()", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH", "WITH", "MIT, ISC"]:
            with self.subTest(text=text), self.assertRaises(BadExpression):
                satisfied(text, ALLOWED)

    def test_what_only_tests_pull_in_may_carry_more(self):
        def edge(to, kind):
            return {"pkg": to, "dep_kinds": [{"kind": kind, "target": None}]}

        def package(name, licence):
            return {"id": name, "name": name, "version": "1.0.0", "license": licence}

        metadata = {
            "workspace_members": ["us"],
            "packages": [package("us", "MIT"), package("shipped", "MPL-2.0"), package("built", "GPL-3.0-only"),
                         package("tested", "MPL-2.0"), package("bare", None), package("unused", "GPL-3.0-only")],
            "resolve": {"nodes": [
                {"id": "us", "deps": [edge("shipped", None), edge("tested", "dev")]},
                {"id": "shipped", "deps": [edge("built", "build")]},
                {"id": "built", "deps": []},
                {"id": "tested", "deps": [edge("bare", None)]},
                {"id": "bare", "deps": []},
                {"id": "unused", "deps": []},
            ]},
        }
        self.assertEqual(problems(metadata), [
            "bare 1.0.0: its Cargo.toml states no licence",
            "built 1.0.0: GPL-3.0-only is not allowed",
            "shipped 1.0.0: MPL-2.0 is not allowed",
        ])


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(SelfTest)
        return 0 if unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite).wasSuccessful() else 1
    metadata = json.load(sys.stdin)
    found = problems(metadata)
    for line in found:
        print(f"licence: {line}")
    print(f"licences: {len(reached(metadata, with_tests=True))} dependencies, {len(found)} not allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
