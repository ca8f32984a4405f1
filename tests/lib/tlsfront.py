#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tlsfront.py CERT KEY PORT TARGET LOG: TLS on 127.0.0.1:PORT before 127.0.0.1:TARGET.

Prints a line when it listens; appends the name that each client asks for to LOG.
"""
import socket, ssl, sys, threading

cert, key, port, target, log = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def name(conn, server, ctx):
    with open(log, "a") as f:
        f.write("%s\n" % server)


context.sni_callback = name


def copy(a, b):
    try:
        while d := a.recv(65536):
            b.sendall(d)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(c):
    try:
        t = context.wrap_socket(c, server_side=True)
        u = socket.create_connection(("127.0.0.1", target))
    except OSError:
        c.close()
        return
    threading.Thread(target=copy, args=(u, t), daemon=True).start()
    copy(t, u)


listener = socket.create_server(("127.0.0.1", port))
print("listening", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
