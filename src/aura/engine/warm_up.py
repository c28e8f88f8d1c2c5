"""Worker processes that find their imports done."""

import multiprocessing
from multiprocessing import forkserver


def warm_up(*modules: str) -> None:
    """Begin to load ``modules`` where worker processes come from, while this process goes on.

    Workers are forked from one server process. By default each imports for itself what its first
    task needs, about a second of NumPy, OpenCV, PyAV and polars; after this call the server has
    done it once for all, and beside whatever its caller does next. It has no effect where workers
    are not forked from a server, nor once the server runs.

    Only for stages that leave linear algebra alone: its threads are numbered when NumPy loads,
    which is then before a worker can ask for one.

    Args:
        modules: Names of modules, such as that of the stage to run.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["aura.engine.worker", *modules])
    forkserver.ensure_running()
