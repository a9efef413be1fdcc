"""A look back at all other tests of this folder."""

from pathlib import Path

import pytest
import tiny_launches


@pytest.mark.last
def test_every_kernel_ran(request, launched):
    """Where all tests are run; so a kernel that none of them launches can't hide."""
    files = {item.path for item in request.session.items}
    chosen = request.config.option.keyword or request.config.option.markexpr
    if chosen or not set(Path(__file__).parent.glob("test_*.py")) <= files:
        pytest.skip("only some of the tests are run")
    known = set(tiny_launches.kernels().values()) | {"gemm.tiles"}
    # this one showed that there is a GPU, before the first test
    assert known - launched - {"launch.count_up"} == set()
