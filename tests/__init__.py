"""The proof."""

import pytest

# Its assertions say what they compared, as those of test modules do.
pytest.register_assert_rewrite("tests.proofs")
