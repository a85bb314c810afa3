"""What pyproject.toml cannot say: a wheel holds SampleRNN's compiled generator, of this system.

Without a C++ compiler it holds none, and PyTorch generates instead.
"""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BUILT = ("starling", "models", "kernels", "built")


class BuildPy(build_py):
    """Copies the packages, then compiles; `build.py setup` does so for an editable install."""

    def run(self) -> None:
        """Copy and compile."""
        super().run()
        if self.editable_mode:
            return
        compile_library = runpy.run_path(str(ROOT / "models" / "kernels" / "compile.py"))
        if complaint := compile_library["compile_library"](Path(self.build_lib, *BUILT)):
            print(f"the wheel holds no compiled generator of its own: {complaint}")


class BdistWheel(bdist_wheel):
    """A wheel of this system, but of any Python 3: the library knows no Python."""

    def finalize_options(self) -> None:
        """Say that it is of one system."""
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        """Give Python, ABI and system."""
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel})
