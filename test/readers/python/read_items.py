"""Reads environment items with Flagsmith's Python packages: a JSON request a line in, a JSON answer a line out.

A request is an item, as typed attribute values with binaries in base64, and identities. The answer is what Flagsmith's
schema of stored items makes of the item, and the flags that Flagsmith's SDK gives for it. An item that the schema
refuses is answered with the locations of its errors.
"""

import base64
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flagsmith import Flagsmith
from flagsmith_schemas.dynamodb import (
    Environment,
    EnvironmentCompressed,
    EnvironmentV2Meta,
    EnvironmentV2MetaCompressed,
)
from pydantic import TypeAdapter, ValidationError

# By whether the item is of the v2 table, and whether it is compressed.
SCHEMAS = {
    (False, False): TypeAdapter(Environment),
    (False, True): TypeAdapter(EnvironmentCompressed),
    (True, False): TypeAdapter(EnvironmentV2Meta),
    (True, True): TypeAdapter(EnvironmentV2MetaCompressed),
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    item = {name: plain_value(value) for name, value in request["item"].items()}
    try:
        schema = read_with_schema(item)
    except ValidationError as error:
        return {"refused": [".".join(map(str, e["loc"])) for e in error.errors()]}
    return {"schema": schema, **read_with_sdk(item, request["identities"])}


def plain_value(attribute: dict[str, Any]) -> Any:
    """The value as AWS's own library for Python gives it: numbers are decimals."""
    [(kind, value)] = attribute.items()
    match kind:
        case "M":
            return {name: plain_value(inner) for name, inner in value.items()}
        case "L":
            return [plain_value(inner) for inner in value]
        case "N":
            return Decimal(value)
        case "B":
            return base64.b64decode(value)
        case "NULL":
            return None
        case _:
            return value


def unzipped(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.loads(gzip.decompress(value), parse_float=Decimal)
        if isinstance(value, bytes)
        else value
        for name, value in item.items()
    }


def read_with_schema(item: dict[str, Any]) -> dict[str, Any]:
    schema = SCHEMAS["document_key" in item, item.get("compressed", False)]
    document = unzipped(item)
    validated = schema.validate_python(document)
    differences = set(compare(document, unzipped(validated), ""))
    return {
        "left_out": sorted(path for kind, path in differences if kind == "left out"),
        "altered": sorted(path for kind, path in differences if kind == "altered"),
        "zipped_alike": all(
            gzip.decompress(item[name]) == gzip.decompress(value)
            for name, value in validated.items()
            if isinstance(value, bytes)
        ),
    }


def compare(stored: Any, validated: Any, path: str) -> Iterator[tuple[str, str]]:
    """What the schema left out and what it altered, by path."""
    if isinstance(stored, dict):
        for name, value in stored.items():
            inner = f"{path}.{name}" if path else name
            if name in validated:
                yield from compare(value, validated[name], inner)
            else:
                yield "left out", inner
    elif isinstance(stored, list):
        for value, other in zip(stored, validated, strict=True):
            yield from compare(value, other, f"{path}[]")
    elif stored != validated:
        yield "altered", path


def read_with_sdk(
    item: dict[str, Any], identities: list[dict[str, Any]]
) -> dict[str, Any]:
    client = Flagsmith(offline_mode=True, offline_handler=RestDocument(item))
    return {
        "environment": flags_by_name(client.get_environment_flags()),
        "identities": [
            {
                "flags": flags_by_name(client.get_identity_flags(**identity)),
                "segments": [s.name for s in client.get_identity_segments(**identity)],
            }
            for identity in identities
        ],
    }


class RestDocument:
    """The document as Flagsmith's REST API gives it to SDKs."""

    def __init__(self, item: dict[str, Any]) -> None:
        document = json.loads(json.dumps(unzipped(item), default=json_number))
        document.setdefault("api_key", document.get("environment_api_key"))
        self.document = document

    def get_environment(self) -> Any:
        return self.document


def json_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def flags_by_name(flags: Any) -> dict[str, Any]:
    return {flag.feature_name: asdict(flag) for flag in flags.all_flags()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
