import sys
from pathlib import Path

import pytest

from starling.engine.sounds.whole_files import write_whole


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_what_the_disk_refuses_is_called_by_the_file_s_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_whole(tmp_path / "x.wav", b"data")
    assert caught.value.filename == str(tmp_path / "x.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]
