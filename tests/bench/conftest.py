"""Benches run as scripts, which find what they share beside them; their tests find it here."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE), *(str(folder) for folder in HERE.iterdir() if folder.is_dir())]
