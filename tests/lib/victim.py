# SPDX-License-Identifier: MIT
# victim.py DIR: what a hostile agent would like to reach: listeners of every kind, a
# terminal, shared memory, a message queue. Prints NAME=VALUE lines, then `ready`.
import ctypes, os, pty, signal, socket, sys

libc = ctypes.CDLL(None, use_errno=True)
keep = []


def listen(address):
    s = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    s.bind(address)
    s.listen(64)
    keep.append(s)
    return s


def say(name, value):
    print(f"{name}={value}")


os.chdir(sys.argv[1])
say("victim", os.getpid())
door = listen(("0.0.0.0", 0))
say("doorport", door.getsockname()[1])
say("otherport", listen(("0.0.0.0", 0)).getsockname()[1])
listen("d.sock")
say("socket", os.path.abspath("d.sock"))
datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
datagram.bind("g.sock")
say("datagram", os.path.abspath("g.sock"))
say("abstract", f"attack-{os.getpid()}")
listen(f"\0attack-{os.getpid()}")
master, slave = pty.openpty()
say("pty", os.ttyname(slave))
key = os.getpid()
shm = libc.shmget(key, 4096, 0o1600)  # IPC_CREAT
if shm < 0:
    sys.exit("no shared memory")
say("sysvkey", key)
small = (ctypes.c_long * 8)(0, 1, 16)
queue = f"attack-{os.getpid()}".encode()
if libc.syscall(240, queue, os.O_RDWR | os.O_CREAT, 0o600, small) < 0:
    sys.exit("no message queue")
say("mqueue", queue.decode())
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready", flush=True)
signal.sigwait({signal.SIGTERM})
libc.shmctl(shm, 0, None)
libc.syscall(241, queue)
os._exit(0)
