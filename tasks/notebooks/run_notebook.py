"""Runs a notebook from top to bottom on its kernel and writes it with its outputs.

    python run_notebook.py FROM TO FOLDER

FOLDER is what nbclient takes for the notebook's own. A line is printed for each code cell. Exits with
1 at the first cell that fails, after writing what there is.
"""

import queue
import sys
import time

import nbformat
from jupyter_client.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# Deno's kernel now and then says that it is idle before it sends a cell's result.
PATIENCE_SECONDS = 0.1


class PatientClient(NotebookClient):
    """Takes what a kernel sends just after it said that it is idle."""

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
        while True:
            try:
                get = self.kc.iopub_channel.get_msg(timeout=PATIENCE_SECONDS)
                message = await ensure_async(get)
            except queue.Empty:
                return
            if message["parent_header"].get("msg_id") == parent_msg_id:
                self.process_message(message, cell, cell_index)


source, target, folder = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
codes = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
started = {}


def start(cell, cell_index):
    started[cell_index] = time.monotonic()


def end(cell, cell_index, execute_reply):
    seconds = time.monotonic() - started[cell_index]
    number = codes.index(cell_index) + 1
    print(f"  {number}/{len(codes)}  {cell.id}  {seconds:.1f} s", flush=True)


client = PatientClient(
    notebook,
    timeout=None,
    resources={"metadata": {"path": folder}},
    record_timing=False,
    on_cell_start=start,
    on_cell_executed=end,
)
try:
    client.execute()
except CellExecutionError as error:
    print(f"  {error.ename}: {error.evalue}", flush=True)
    sys.exit(1)
finally:
    # What it ran with is no part of the notebook.
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    nbformat.write(notebook, target)
