from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compressible.runs import is_occupied, occupied


def test_who_only_looks_is_not_taken_for_somebody_at_work(tmp_path: Path) -> None:
    assert not is_occupied(tmp_path)
    with ThreadPoolExecutor(4) as several:
        with occupied(tmp_path):
            assert all(several.map(is_occupied, [tmp_path] * 8))
        assert not any(several.map(is_occupied, [tmp_path] * 400))
