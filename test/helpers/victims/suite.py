"""A puppet that runs programs, as a test suite runs the command line: `{"do": "run", "command": [...]}` answers with the exit code and
what was printed.
"""

import subprocess

import puppet


def run(request):
    done = subprocess.run(request["command"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return {"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


puppet.COMMANDS.append(run)
puppet.main()
