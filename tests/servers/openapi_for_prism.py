#!/usr/bin/env python3
"""openapi_for_prism.py IN.json[.gz] OUT.json [PREFIX ...]

Prepares an OpenAPI 3.0 document for a mock with request validation (prism,
openapi-backend): both compile schemas with ajv, which refuses `nullable` on
a schema without `type`; prism then silently skips the validation of that
body. GitHub's document has many of these (`oneOf` beside `nullable`). Here such a
schema becomes {"anyOf": [schema without nullable, {"enum": [null]}]}. With PREFIXes, only paths that
start with one of them are kept (a faster start).
"""
import gzip, json, sys

def walk(x):
    if isinstance(x, list):
        return [walk(v) for v in x]
    if not isinstance(x, dict):
        return x
    x = {k: walk(v) for k, v in x.items()}
    if x.get("nullable") is True and "type" not in x and not isinstance(x.get("properties"), dict):
        rest = {k: v for k, v in x.items() if k != "nullable"}
        if any(k in rest for k in ("oneOf", "anyOf", "allOf", "$ref", "enum")):
            return {"anyOf": [rest, {"enum": [None]}]}
        return rest
    if x.get("nullable") is True and "type" not in x:
        x = dict(x, type="object")
    return x

def example_value(doc, value):
    """GitHub's document has examples whose value is a reference to another example: it is put in."""
    if isinstance(value, dict) and list(value) == ["$ref"] and value["$ref"].startswith("#/components/examples/"):
        return doc["components"]["examples"][value["$ref"].rsplit("/", 1)[1]]["value"]
    return value

def put_in_examples(doc, x):
    if isinstance(x, list):
        for v in x:
            put_in_examples(doc, v)
    elif isinstance(x, dict):
        if "value" in x:
            x["value"] = example_value(doc, x["value"])
        for v in x.values():
            put_in_examples(doc, v)

src, dst, keep = sys.argv[1], sys.argv[2], sys.argv[3:]
with (gzip.open if src.endswith(".gz") else open)(src, "rt") as f:
    doc = json.load(f)
if keep:
    doc["paths"] = {p: v for p, v in doc["paths"].items() if any(p.startswith(k) for k in keep)}
put_in_examples(doc, doc)
with open(dst, "w") as f:
    json.dump(walk(doc), f)
