"""The same number of threads for everybody: neither peer has a setting for its onnxruntime session."""

from typing import Any


def limit_onnxruntime(onnxruntime: Any, threads: int) -> None:
    """Every session that is made from here on runs with `threads` threads."""

    class Limited(onnxruntime.InferenceSession):  # type: ignore[misc]
        def __init__(self, path_or_bytes: Any, sess_options: Any = None, **rest: Any) -> None:
            options = sess_options or onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            super().__init__(path_or_bytes, options, **rest)

    onnxruntime.InferenceSession = Limited
