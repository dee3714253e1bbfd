"""Where the shared documents lie; tests that need one are skipped, with the reason, where they do not."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def seed_file() -> Path:
    """The published disclosure of tests/cases/hunan-2025-104012."""
    file = SHARED / "seed" / "000_4d28c29715a1558e.txt"
    if not file.is_file():
        pytest.skip("the published disclosure is not beside the project (../shared/seed)")
    return file


@pytest.fixture(scope="session")
def rendered() -> Path:
    """Rendered tables with known truth."""
    folder = SHARED / "rendered"
    if not folder.is_dir():
        pytest.skip("the rendered tables are not beside the project (../shared/rendered)")
    return folder


@pytest.fixture(scope="session")
def example_file() -> Path:
    """The bundled example disclosure."""
    return ROOT / "src" / "yusuan" / "example" / "disclosure.txt"
