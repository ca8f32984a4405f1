# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
	mkdir work own outside
	echo secret >outside/s
	probe=$(jobdir-confine --probe)
	cd work || return 1
}

# need WORD...: skip where this kernel cannot do it.
need() {
	for word; do
		jq -e ".$word" <<<"$probe" >/dev/null || skip "no wall '$word' in this kernel"
	done
}

confined() {
	jobdir-confine --write . --tmp ../own -- "$@"
}

@test "confine: files outside cannot be read, listed, written, truncated" {
	need fs truncate
	run ! confined cat ../outside/s
	run ! confined ls ../outside
	run ! confined sh -c ': >>../outside/s'
	run ! confined truncate -s 0 ../outside/s
	run ! confined sh -c 'ln ../outside/s here'
	assert_equal "$(cat ../outside/s)" secret
	run ! confined ls "$HOME"
	confined sh -c 'echo inside >f && mkdir d && mv f d/g && cat d/g'
	assert_equal "$(cat d/g)" inside
}

@test "confine: modes and times outside cannot be changed" {
	need mounts
	before=$(stat -c '%a %Y' ../outside/s)
	run ! confined chmod 777 ../outside/s
	run ! confined touch -d 2001-01-01 ../outside/s
	assert_equal "$(stat -c '%a %Y' ../outside/s)" "$before"
}

@test "confine: /tmp and /dev/shm are its own" {
	need mounts
	name=jobdir-test-$$-$RANDOM
	confined sh -c ": >/tmp/$name && : >/dev/shm/$name && ls /dev/shm" >list
	assert_equal "$(cat list)" "$name"
	[ ! -e "/dev/shm/$name" ]
	[ -e "../own/$name" ]
}

@test "confine: a masked file or directory cannot be opened, nor shown again" {
	need mounts
	echo hidden >.env
	mkdir -p secrets && echo hidden >secrets/k
	run ! jobdir-confine --write . --mask .env --mask secrets -- sh -c 'cat .env || chmod 600 .env || rm -f .env || mv .env e || ls secrets || cat secrets/k'
	refute_output --partial hidden
	assert_equal "$(cat .env secrets/k)" $'hidden\nhidden'
}

@test "confine: no capability, no new one, whoever runs it" {
	run -0 confined grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status
	assert_equal "$(grep -c '0000000000000000$' <<<"$output")" 4
	assert_line --regexp 'NoNewPrivs:.1$'
	assert_equal "$(confined id -u)" "$(id -u)"
}

@test "confine: inherited descriptors are closed, core files off" {
	run -0 sh -c 'exec 7<../outside/s; exec "$@"' sh jobdir-confine --write . -- sh -c 'ls /proc/self/fd; ulimit -c'
	refute_line 7
	assert_line 0
}

@test "confine: sockets but TCP are refused, a socket pair is not" {
	need seccomp
	run -0 confined python3 -c '
import socket as s
def t(*a):
	try: s.socket(*a).close(); return "ok"
	except OSError as e: return e.errno
print(t(s.AF_INET, s.SOCK_STREAM), t(s.AF_INET6, s.SOCK_STREAM),
	t(s.AF_UNIX), t(s.AF_INET, s.SOCK_DGRAM), t(s.AF_INET6, s.SOCK_DGRAM),
	t(s.AF_INET, s.SOCK_RAW, 1), t(s.AF_NETLINK, s.SOCK_RAW), t(s.AF_PACKET, s.SOCK_RAW),
	t(s.AF_INET, s.SOCK_STREAM, 132), t(s.AF_INET, s.SOCK_STREAM, 262))
s.socketpair()[0].close()'
	assert_output 'ok ok 1 1 1 1 1 1 1 1'
	run -0 jobdir-confine --unix --udp -- python3 -c '
import socket as s
s.socket(s.AF_UNIX).close(); s.socket(s.AF_INET, s.SOCK_DGRAM).close()'
}

@test "confine: TCP goes to the named port and to no other" {
	need tcp
	python3 -c '
import socket, sys
a = [socket.create_server(("127.0.0.1", 0)) for i in (0, 1)]
print(*[x.getsockname()[1] for x in a], flush=True)
import signal; signal.pause()' >ports 3>&- &
	server=$!
	wait_for 60 test -s ports
	read -r good bad <ports
	try='import socket,sys
try: socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
except OSError as e: sys.exit(e.errno)'
	jobdir-confine --port "$good" -- python3 -c "$try" "$good"
	run -13 jobdir-confine --port "$good" -- python3 -c "$try" "$bad"
	run -13 jobdir-confine -- python3 -c "$try" "$good"
	jobdir-confine --any-port -- python3 -c "$try" "$bad"
	kill "$server"
}

@test "confine: processes outside are neither signalled, traced nor read" {
	need scope seccomp
	SECRET_OF_PARENT=canary sleep 60 3>&- &
	victim=$!
	run ! confined kill -9 "$victim"
	run ! confined cat "/proc/$victim/environ"
	refute_output --partial canary
	kill -0 "$victim"
	kill "$victim"
}

@test "confine: namespaces and mounts are refused inside" {
	need seccomp
	run ! confined unshare -U true
	run ! confined unshare -m true
	run ! confined mount -t tmpfs none /mnt
}

@test "confine: walls within walls hold" {
	run ! confined jobdir-confine --write ../outside -- sh -c ': >>../outside/s'
	assert_equal "$(cat ../outside/s)" secret
}

@test "confine: --require refuses what is not to be had, before anything runs" {
	run -103 jobdir-confine --no-mounts --require mounts -- touch ran
	assert_output --partial 'required, but not to be had here: mounts'
	[ ! -e ran ]
	run -100 jobdir-confine --require fs,moat -- touch ran
	assert_output --partial "not 'moat'"
	[ ! -e ran ]
}

@test "confine: --print shows the policy, --probe the kernel" {
	run -0 jobdir-confine --write . --port 8080 --mask ../outside/s --print
	assert_equal "$(jq -r '.write | index("'"$PWD"'") != null' <<<"$output")" true
	assert_equal "$(jq -c .tcp_connect <<<"$output")" '[8080]'
	assert_equal "$(jq -r '.calls_refused | index("ptrace") != null' <<<"$output")" true
	jq -e '.landlock_abi | type == "number"' <<<"$probe"
}

@test "confine: exit status is the program's; what cannot run says so" {
	run -7 confined sh -c 'exit 7'
	run -127 confined ./absent
	run -100 jobdir-confine --port 0 -- true
	assert_output --partial "--port is a number from 1 to 65535, not '0'"
	run -111 jobdir-confine --read ./absent -- true
	assert_output --partial "cannot open './absent'"
	run -100 jobdir-confine
}

@test "confine: --own-net is loopback and nothing of the machine's" {
	need mounts
	python3 -c '
import socket, signal
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); signal.pause()' >port 3>&- &
	server=$!
	wait_for 60 test -s port
	run -0 jobdir-confine --own-net -- python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0)); socket.create_connection(s.getsockname()).close()
try: socket.create_connection(("127.0.0.1", int(sys.argv[1]))); print("reached")
except ConnectionRefusedError: print("refused")' "$(cat port)"
	assert_output refused
	run ! jobdir-confine --own-net --no-mounts -- python3 -c '
import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$(cat port)"
	kill "$server"
}
