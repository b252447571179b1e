"""Runs a command with a terminal as its stderr (and, with `both`, its stdout): "s COLUMNS ROWS" on stdin resizes it. Output: what the terminal was sent; stdout goes to the file named."""
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios

stdout_file, both, *command = sys.argv[1:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
with open(stdout_file, "wb") as out:
    child = subprocess.Popen(command, stdin=slave, stdout=slave if both == "both" else out, stderr=slave)
os.close(slave)
inputs = [master, 0]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if 0 in ready:
        line = os.read(0, 1000).decode().split()
        if len(line) < 3:
            inputs.remove(0)
        else:
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(line[2]), int(line[1]), 0, 0))
            child.send_signal(signal.SIGWINCH)
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
sys.exit(child.wait())
