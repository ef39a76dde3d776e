"""What the reference library makes of metadata that are written here."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from datajoint_nb.codecs import chain_of, encode
from datajoint_nb.storage.stores import open_store
from tests.unit.storage.stores import file_config


@pytest.mark.spec("C-101")
def test_the_reference_verifies_the_hash_of_an_object(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing the reference library warns of a missing settings file
        from datajoint.errors import DataJointError
        from datajoint.objectref import IntegrityError, ObjectRef
        from datajoint.storage import StorageBackend
    config = file_config(tmp_path)
    config["storage.content_hash"] = "md5"
    context = {"schema": "ornis", "table": "flight", "field": "track", "config": config}
    stored = encode(chain_of("<object@>"), ("csv", b"owl"), key={"nr": 4}, context=context)
    store = open_store(config)
    ref = ObjectRef.from_json(stored, StorageBackend(store.spec))
    assert len(stored["hash"]) == 26
    assert ref.verify() is True
    Path(store.full_path(stored["path"])).write_bytes(b"OWL")
    with pytest.raises(IntegrityError, match="Hash") as caught:
        ref.verify()
    assert isinstance(caught.value, DataJointError)
