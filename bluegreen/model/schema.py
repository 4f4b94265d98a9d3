"""The JSON schema of what people write, for their editors."""

import json
from collections.abc import Mapping
from typing import Literal

from bluegreen.model.checking import Block
from bluegreen.model.inventory_blocks import InventoryBlock
from bluegreen.model.playbook_blocks import PlaybookBlock

Kind = Literal["inventory", "playbook"]

_MODELS: Mapping[Kind, type[Block]] = {"inventory": InventoryBlock, "playbook": PlaybookBlock}
_TITLES: Mapping[Kind, str] = {
    "inventory": "bluegreen inventory (hosts.yaml)",
    "playbook": "bluegreen playbook",
}


def json_schema(kind: Kind) -> str:
    """Return the schema as JSON text, draft 2020-12."""
    schema = _MODELS[kind].model_json_schema()
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": dialect, **schema, "title": _TITLES[kind]}, indent=2)
