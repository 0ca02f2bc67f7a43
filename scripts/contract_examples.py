#!/usr/bin/env python3
"""Checks what a schema validator does not know of openapi.yaml.

- every example holds against its schema, and every JSON body and answer has one;
- operation ids are unique, tags are declared, callers are on the list;
- the problems named in a description and the statuses of the operation say the same;
- what we produce names all of its fields.

Needs PyYAML, jsonschema and rfc3339-validator.
"""

import re
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, FormatChecker

CALLERS = ["stranger", "proof", "tracking", "account", "monitoring", "service", "counter", "special_officer", "section_head", "supervisor", "operator"]
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
SECURITY = {"staffSession": set(CALLERS[6:]), "proofToken": {"proof"}, "trackingToken": {"tracking"}, "accountToken": {"account"},
            "metricsToken": {"monitoring"}, "clientToken": {"service"}}
# Answers of the framework, and of pages, which have no problem body: no operation names them.
FRAMEWORK = {"method-not-allowed", "not-acceptable", "link-ended"}


class Contract:
    def __init__(self, path):
        self.root = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.faults = []
        self.examples = 0

    def fault(self, where, text):
        self.faults.append(f"{where}: {text}")

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.root
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def check_value(self, where, schema, value):
        self.examples += 1
        document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.root["components"]}
        validator = Draft202012Validator({**document, "allOf": [schema]}, format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            self.fault(where, f"/{place}: {error.message[:300]}")

    def check_examples(self, where, holder, required):
        """`holder` has a schema and `example` or `examples`, as media types, parameters and headers have."""
        schema = holder.get("schema")
        values = {name: example["value"] for name, example in holder.get("examples", {}).items()}
        if "example" in holder:
            values["example"] = holder["example"]
        if required and not values:
            self.fault(where, "has no example")
        for name, value in values.items():
            if schema is None:
                self.fault(where, "has an example and no schema")
            else:
                self.check_value(f"{where} {name}", schema, value)

    def check_content(self, where, content):
        for media_type, holder in content.items():
            json = media_type in ("application/json", "application/problem+json")
            self.check_examples(f"{where} {media_type}", holder, required=json or "schema" in holder)

    def check_response(self, where, response):
        for name, header in response.get("headers", {}).items():
            self.check_examples(f"{where} {name}", self.resolve(header), required=True)
        if "X-Request-Id" not in response.get("headers", {}):
            self.fault(where, "does not answer X-Request-Id")
        self.check_content(where, response.get("content", {}))

    def check_operation(self, where, operation):
        callers = operation.get("x-callers", [])
        if not callers or callers != [caller for caller in CALLERS if caller in callers]:
            self.fault(where, f"x-callers must be some of {CALLERS}, in this order")
        self.check_security(where, operation, set(callers))
        for parameter in operation.get("parameters", []):
            parameter = self.resolve(parameter)
            self.check_examples(f"{where} {parameter['name']}", parameter, required=True)
        if "requestBody" in operation:
            self.check_content(f"{where} body", self.resolve(operation["requestBody"])["content"])
        statuses = set()
        for status, response in operation["responses"].items():
            response = self.resolve(response)
            self.check_response(f"{where} {status}", response)
            if "application/problem+json" in response.get("content", {}):
                statuses.add(int(status))
        self.check_problems(where, operation["description"], statuses)

    def check_security(self, where, operation, callers):
        """Who may call follows from which tokens are taken."""
        reach = set()
        for requirement in operation["security"]:
            reach |= {"stranger"} if not requirement else set().union(*(SECURITY[name] for name in requirement))
        if operation["security"] == [] or "stranger" in reach:
            reach = set(CALLERS)
        if not callers <= reach:
            self.fault(where, f"{sorted(callers - reach)} may call, but their token is not taken")
        for name, holders in SECURITY.items():
            if any(name in requirement for requirement in operation["security"]) and not callers & holders:
                self.fault(where, f"takes {name}, but nobody who holds one may call")

    def check_problems(self, where, description, statuses):
        line = re.search(r"^Problems: (.+)\.\s*\Z", description, re.MULTILINE | re.DOTALL)
        named = re.findall(r"`([a-z-]+)`", line.group(1)) if line else []
        self.named.update(named)
        for slug in named:
            if slug not in self.slugs:
                self.fault(where, f"{slug} is not in the table of docs/status-codes.md")
        from_slugs = {self.slugs[slug] for slug in named if slug in self.slugs}
        if from_slugs != statuses:
            self.fault(where, f"problems say {sorted(from_slugs)}, responses say {sorted(statuses)}")

    def check_produced(self):
        """An answer has every field of its schema, so each must be required. Optional ones are named here."""
        optional = {"Problem", "ReadinessCheck", "Derivation", "FormLetter", "FormOldLetter"}
        schemas = self.root["components"]["schemas"]
        for name in sorted(self.produced() - optional):
            schema = schemas[name]
            if schema.get("type") == "object" and "additionalProperties" in schema:
                fields, required = set(schema.get("properties", {})), set(schema.get("required", []))
                if fields != required:
                    self.fault(f"schema {name}", f"answers may leave out {sorted(fields ^ required)}")

    def produced(self):
        found, queue = set(), [self.root["components"]["responses"]]
        queue += [op["responses"] for item in self.root["paths"].values() for op in item.values()]
        while queue:
            node = queue.pop()
            if isinstance(node, list):
                queue += node
            elif isinstance(node, dict):
                reference = node.get("$ref", "")
                if reference.startswith("#/components/schemas/"):
                    name = reference.rsplit("/", 1)[1]
                    if name not in found:
                        found.add(name)
                        queue.append(self.root["components"]["schemas"][name])
                queue += [value for key, value in node.items() if key not in ("example", "examples")]
        return found

    def check_unused(self, text):
        for section, members in self.root["components"].items():
            for name in members:
                if section != "securitySchemes" and f'"#/components/{section}/{name}"' not in text:
                    self.fault(f"{section} {name}", "is used nowhere")

    def run(self, slugs, text):
        self.slugs, self.named = slugs, set()
        listed = set(self.root["components"]["schemas"]["ProblemSlug"]["enum"])
        if listed != set(slugs):
            self.fault("ProblemSlug", f"and docs/status-codes.md differ in {sorted(listed ^ set(slugs))}")
        tags = {tag["name"] for tag in self.root["tags"]}
        seen = set()
        for path, item in self.root["paths"].items():
            for method, operation in item.items():
                where = f"{method.upper()} {path}"
                if method not in METHODS:
                    self.fault(where, "is not a method")
                    continue
                identifier = operation["operationId"]
                if identifier in seen:
                    self.fault(where, f"{identifier} is used twice")
                seen.add(identifier)
                if not set(operation["tags"]) <= tags:
                    self.fault(where, "has a tag that is not declared")
                self.check_operation(where, operation)
        if unused := set(slugs) - self.named - FRAMEWORK:
            self.fault("docs/status-codes.md", f"no operation answers {sorted(unused)}")
        for name, response in self.root["components"]["responses"].items():
            self.check_response(f"response {name}", response)
        self.check_produced()
        self.check_unused(text)
        return len(seen)


def slugs_of(page):
    """The table of docs/status-codes.md: | `slug` | status | ... |"""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {slug: int(status) for slug, status in rows}


def main():
    root = Path(__file__).resolve().parent.parent
    path = root / "openapi.yaml"
    contract = Contract(path)
    operations = contract.run(slugs_of(root / "docs" / "status-codes.md"), path.read_text(encoding="utf-8"))
    for fault in dict.fromkeys(contract.faults):
        print(f"openapi.yaml: {fault}", file=sys.stderr)
    print(f"openapi.yaml: {operations} operations, {contract.examples} examples checked, {len(set(contract.faults))} faults")
    return 1 if contract.faults else 0


if __name__ == "__main__":
    sys.exit(main())
