"""What holds for all tests: Ctrl-C works, and hypothesis has two profiles.

"ci" (the default) tries the same cases each time, "search" new ones and 20 times as many.
"""

import os
import signal

from hypothesis import HealthCheck, settings

# Read when JAX and Keras are first imported, by whichever test comes first.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1")

# a shell without job control starts what runs in its background deaf to Ctrl-C, and so are the programs started from there
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=100,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
