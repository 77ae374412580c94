# Runs a command on a terminal of its own: terminal.py STEPS COMMAND…. STEPS is JSON, pairs of
# a text to wait for and what is typed then. What stood on the terminal is printed as JSON,
# with the exit status and whether the terminal shows what is typed at the end.
import json, os, pty, select, sys, termios, time

steps = json.loads(sys.argv[1])
child, fd = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen, mark, until = b"", 0, time.time() + 60
while time.time() < until:
    while steps and steps[0][0].encode() in seen[mark:]:
        mark = seen.index(steps[0][0].encode(), mark) + len(steps[0][0].encode())
        if steps[0][1].startswith("hidden:"):  # the prompt is there before the terminal hides
            while termios.tcgetattr(fd)[3] & termios.ECHO and time.time() < until:
                time.sleep(0.01)
            steps[0][1] = steps[0][1][len("hidden:"):]
        os.write(fd, steps.pop(0)[1].encode())
    ready, _, _ = select.select([fd], [], [], 0.2)
    if not ready:
        continue
    try:
        part = os.read(fd, 65536)
    except OSError:  # nobody has it any more
        break
    if not part:
        break
    seen += part
echo = None
try:
    echo = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
except termios.error:
    pass
_, status = os.waitpid(child, 0)
print(json.dumps({"seen": seen.decode(errors="replace"), "status": os.waitstatus_to_exitcode(status), "echo": echo, "left": len(steps)}))
