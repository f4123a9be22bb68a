"""Runs a command on a terminal of its own, answers its prompts, and prints what the terminal shows.

The answers are a JSON list in the environment variable ANSWERS; one is typed at each prompt, that is
whenever a line ends with ": ".
"""

import json
import os
import pty
import sys

answers = json.loads(os.environ.pop("ANSWERS"))
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
seen = 0
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # Linux says so that the other end is closed.
        data = b""
    if not data:
        break
    shown += data
    if answers and b": " in shown[seen:].rsplit(b"\n", 1)[-1]:
        seen = len(shown)
        os.write(terminal, answers.pop(0).encode() + b"\r")
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
