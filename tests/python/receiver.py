"""A receiver of webhooks that checks every signature with the library of the specification.

Usage: receiver.py FOLDER. The folder holds `secrets`, one a line, all of which must have signed, and
`status`, what is answered; with `cert.pem` and `key.pem` it
speaks TLS. One line of JSON is printed for each message, after the port.
"""

import json
import pathlib
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

FOLDER = pathlib.Path(sys.argv[1])


def say(value):
    print(json.dumps(value), flush=True)


def is_accepted(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def tampered(body, headers):
    """The message with one thing changed at a time."""
    yield body + b" ", headers
    yield body.replace(b'"timestamp"', b'"timestamq"', 1), headers
    yield body, {**headers, "webhook-id": headers["webhook-id"] + "x"}
    later = str(int(headers["webhook-timestamp"]) + 1)
    yield body, {**headers, "webhook-timestamp": later}
    yield body, {**headers, "webhook-signature": "v1," + "A" * 43 + "="}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        secrets = (FOLDER / "secrets").read_text().split()
        wrong = [(secret, *change) for secret in secrets for change in tampered(body, headers)]
        say(
            {
                "verified": bool(secrets) and all(is_accepted(secret, body, headers) for secret in secrets),
                "tampered": sum(is_accepted(*change) for change in wrong),
                "id": headers["webhook-id"],
                "payload": json.loads(body),
            }
        )
        self.send_response(int((FOLDER / "status").read_text()))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if (FOLDER / "cert.pem").exists():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(FOLDER / "cert.pem", FOLDER / "key.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
say(server.server_port)
server.serve_forever()
