"""The Judge: whether what a server told its clients is what it did.

Usage: judge.py LEDGER --database FILE --root FINGERPRINT --root-certificate FILE [--mail FOLDER]
       [--evidence FOLDER] [--server HOST:PORT] [--scan PATH]... [--demand J1,J2,...]

The ledger is the clients' own: one JSON object a line, with what they sent, octet by octet, and what they
were answered. Shares no code with the server. The database is opened for reading only. Prints a line for
each judgement, with how many things it looked at; names every violation and then exits with 1. A judgement
that is demanded must have looked at something. 2 means that the ledger itself cannot be read.

Records: `header` {tokens, canaries, secrets, ambiguous_mails}; `sent` {id, account, bytes, sha256, signed};
`answer` {id, status, body}; `unknown` {id, why}; `checkpoint` {note}. Octets are in base64; `signed` is the
message before it was sealed. Whoever repeats a message sends the same `bytes` under another `id`.
"""

import argparse
import base64
import email
import email.policy
import hashlib
import http.client
import json
import pathlib
import sqlite3
import ssl
import sys
from collections import Counter, defaultdict
from functools import cached_property

from proofs import Checkpoint, NotProved, Signed, Tree, certificate_of, fingerprint, log_key, root_of_proof

# The published state machine: docs/reference/http.md, "States of an order".
FORWARD = {
    "held": {"accepted", "declined"},
    "accepted": {"preparing", "cancelled"},
    "preparing": {"packed", "accepted", "part_shipped", "cancelled", "closed"},
    "packed": {"part_shipped", "shipped", "cancelled", "closed"},
    "part_shipped": {"preparing", "closed"},
}
# Answers after which the same octets may still be taken in.
NOT_SETTLED = {408, 425, 429}


def decoded(text):
    return base64.b64decode(text, validate=True)


def sha256(octets):
    return hashlib.sha256(octets).digest()


class LedgerError(Exception):
    """The clients' own account of things makes no sense."""


class Message:
    """Octets that a client sent, however often, and all that came of them, in order."""

    def __init__(self, account, octets, signed):
        self.account, self.octets, self.signed = account, octets, signed
        self.outcomes = []

    def bodies(self):
        """What was answered with success."""
        return [body for status, body in self.outcomes if status in (200, 201)]

    def is_refused(self):
        """It was refused, and never taken in."""
        definite = [status for status, _ in self.outcomes if status is not None]
        return bool(definite) and all(400 <= status < 500 for status in definite)


class Ledger:
    """What the clients wrote down."""

    def __init__(self, lines):
        self.header = {"tokens": {}, "canaries": [], "secrets": [], "ambiguous_mails": 0}
        self.messages, self.notes, self.errors = {}, [], []
        by_id = {}
        for number, line in enumerate(lines, 1):
            try:
                self.read(json.loads(line), by_id)
            except (KeyError, ValueError, TypeError) as error:
                raise LedgerError(f"line {number}: {error!r}") from error

    def read(self, record, by_id):
        kind = record["record"]
        if kind == "header":
            self.header.update({name: value for name, value in record.items() if name != "record"})
        elif kind == "sent":
            octets = decoded(record["bytes"])
            if sha256(octets).hex() != record["sha256"]:
                raise ValueError("the digest is not of these octets")
            signed = decoded(record["signed"]) if record.get("signed") else None
            message = self.messages.setdefault(octets, Message(record["account"], octets, signed))
            by_id[record["id"]] = message
        elif kind == "answer":
            body = decoded(record["body"])
            status = record["status"]
            by_id[record["id"]].outcomes.append(
                (None if status >= 500 else status, json.loads(body) if status < 400 else None)
            )
            if status >= 400:
                self.errors.append(body)
        elif kind == "unknown":
            by_id[record["id"]].outcomes.append((None, None))
        elif kind == "checkpoint":
            self.notes.append(record["note"])
        else:
            raise ValueError(f"no record is called {kind}")


class Case:
    """All that is judged: the ledger, the database, the mail, the evidence, and the server if it runs."""

    def __init__(self, ledger, arguments):
        self.ledger, self.arguments = ledger, arguments
        self.looked_at = Counter()
        uri = pathlib.Path(arguments.database).resolve().as_uri() + "?mode=ro"
        self.database = sqlite3.connect(uri, uri=True)
        self.database.row_factory = sqlite3.Row
        self.judgement = None

    def looks(self, count=1):
        self.looked_at[self.judgement] += count

    def rows(self, sql, *values):
        return self.database.execute(sql, values).fetchall()

    @cached_property
    def statements(self):
        """Every statement, by number."""
        rows = self.rows("SELECT number, kind, order_id, sha256, der FROM statements ORDER BY number")
        return {row["number"]: row for row in rows}

    @cached_property
    def stated(self):
        """All that was stated about an order."""
        found = defaultdict(set)
        for row in self.statements.values():
            found[row["order_id"]].add(bytes(row["der"]))
        return found

    @cached_property
    def orders(self):
        return {row["id"]: row for row in self.rows("SELECT * FROM orders")}

    @cached_property
    def logs(self):
        return self.rows("SELECT origin, size, root, first_statement FROM logs ORDER BY generation")

    @cached_property
    def root(self):
        octets = pathlib.Path(self.arguments.root_certificate).read_bytes()
        certificate = certificate_of(octets)
        if fingerprint(certificate) != self.arguments.root:
            raise NotProved("the root certificate is not the one that is trusted")
        return certificate

    @cached_property
    def seller(self):
        """The newest seller statement, signed by the root."""
        rows = [row for row in self.statements.values() if row["kind"] == "seller"]
        if not rows:
            raise NotProved("the seller never stated who it is")
        content, _ = Signed.parse(rows[-1]["der"]).verify([self.root])
        return json.loads(content)

    @cached_property
    def receipt_certificates(self):
        listed = [entry for entry in self.seller["certificates"] if entry["use"] == "receipt"]
        certificates = [certificate_of(decoded(entry["certificate"])) for entry in listed]
        for certificate in certificates:
            certificate.verify_directly_issued_by(self.root)
        return certificates

    @cached_property
    def log_keys(self):
        return {entry["origin"]: log_key(decoded(entry["key"])) for entry in self.seller["log_keys"]}

    @cached_property
    def documents(self):
        """What every statement says, by number; whose signature is wrong has none."""
        found = {}
        for number, row in self.statements.items():
            keys = [self.root] if row["kind"] == "seller" else self.receipt_certificates
            try:
                found[number] = json.loads(Signed.parse(row["der"]).verify(keys)[0])
            except NotProved as error:
                found[number] = error
        return found

    @cached_property
    def roots(self):
        """The root of every log at every size, from its leaves."""
        roots = {}
        for place, log in enumerate(self.logs):
            following = self.logs[place + 1 :]
            end = following[0]["first_statement"] if following else len(self.statements)
            tree = Tree()
            roots[log["origin"], 0] = tree.root()
            for number in range(log["first_statement"], end):
                if number not in self.statements:
                    break
                tree.append(self.statements[number]["sha256"])
                roots[log["origin"], tree.size] = tree.root()
        return roots

    @cached_property
    def checkpoints(self):
        """Every checkpoint that anybody was shown."""
        notes = list(self.ledger.notes)
        for message in self.ledger.messages.values():
            notes += [body["checkpoint"] for body in message.bodies() if "checkpoint" in body]
        return notes

    @cached_property
    def by_signed(self):
        """The orders that hold these signed octets."""
        found = defaultdict(list)
        for order in self.orders.values():
            found[bytes(order["signed_data"])].append(order)
        return found

    def ask(self, path, account):
        """Reads something from the running server, as this account."""
        headers = {"authorization": "Bearer " + self.ledger.header["tokens"][account]}
        try:
            return self.ask_once(path, headers)
        except (http.client.HTTPException, ConnectionError):
            # A connection that rested may have been closed.
            self.connection.close()
            return self.ask_once(path, headers)

    def ask_once(self, path, headers):
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    @cached_property
    def connection(self):
        host, port = self.arguments.server.rsplit(":", 1)
        trusted = ssl.create_default_context(cafile=self.arguments.root_certificate)
        return http.client.HTTPSConnection(host, int(port), context=trusted, timeout=30)

    @cached_property
    def mails(self):
        """Every mail in the sink: its Message-ID, recipient and the digests of what is attached."""
        found = []
        for path in sorted(pathlib.Path(self.arguments.mail).rglob("*")):
            if not path.is_file() or path.name.endswith(".new"):
                continue
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            attached = {sha256(part.get_payload(decode=True) or b"") for part in mail.walk()}
            found.append((str(mail["message-id"]), str(mail["to"]), attached))
        return found


def J1(case):
    """Whatever was acknowledged is there exactly once, and its signed order and its receipt are served as they were."""
    for message in case.ledger.messages.values():
        bodies = [body for body in message.bodies() if "receipt" in body]
        receipts = {decoded(body["receipt"]) for body in bodies}
        if not receipts:
            continue
        case.looks()
        ids = {body["order"]["id"] for body in bodies}
        if len(ids) != 1:
            yield f"the same octets were answered as {sorted(ids)}"
        for order_id in ids:
            order = case.orders.get(order_id)
            if order is None:
                yield f"{order_id} was acknowledged and is lost"
                continue
            if message.signed is not None and bytes(order["signed_data"]) != message.signed:
                yield f"{order_id} holds other octets than were signed"
            if message.signed is not None and len(case.by_signed[message.signed]) != 1:
                yield f"{order_id} is there {len(case.by_signed[message.signed])} times"
            kept = case.stated[order_id]
            for receipt in receipts - kept:
                yield f"a receipt of {order_id} is not kept as it was given: {sha256(receipt).hex()}"
            if case.arguments.server:
                yield from served(case, message, order_id, receipts)
    for message in case.ledger.messages.values():
        for body in message.bodies():
            if "statement" in body:
                case.looks()
                kept = case.stated[body["order"]["id"]]
                if decoded(body["statement"]) not in kept:
                    yield f"a statement about {body['order']['id']} is not kept as it was given"


def served(case, message, order_id, receipts):
    status, octets = case.ask(f"/v1/orders/{order_id}/receipt", message.account)
    if status != 200 or octets not in receipts:
        yield f"the receipt of {order_id} is served with {status} and other octets than before"


def J2(case):
    """Every statement and every receipt given verifies without the server, and all checkpoints ever shown are of one log."""
    for number, document in case.documents.items():
        case.looks()
        if isinstance(document, NotProved):
            yield f"statement {number}: {document}"
    shown = {}
    for note in case.checkpoints:
        case.looks()
        try:
            checkpoint = Checkpoint.verify(note, case.log_keys)
        except (NotProved, ValueError) as error:
            yield f"a checkpoint: {error}"
            continue
        place = (checkpoint.origin, checkpoint.size)
        if shown.setdefault(place, checkpoint.root) != checkpoint.root:
            yield f"two roots were shown at size {checkpoint.size}"
        if case.roots.get(place) != checkpoint.root:
            yield f"the checkpoint at size {checkpoint.size} is not of the leaves that are kept"
    for log in case.logs:
        if case.roots.get((log["origin"], log["size"])) != bytes(log["root"]):
            yield f"the root of {log['origin']} at size {log['size']} is not that of its leaves"
    for message in case.ledger.messages.values():
        for body in message.bodies():
            if "proof" in body:
                case.looks()
                yield from proved(case, body)
    if case.arguments.evidence:
        for path in sorted(pathlib.Path(case.arguments.evidence).glob("*.json")):
            case.looks()
            yield from evidence(case, path)


def proved(case, body):
    """An answer proves by itself that its statement is in the log."""
    statement = decoded(body.get("receipt") or body["statement"])
    try:
        document = json.loads(Signed.parse(statement).verify(case.receipt_certificates)[0])
        checkpoint = Checkpoint.verify(body["checkpoint"], case.log_keys)
        proof = [decoded(node) for node in body["proof"]["hashes"]]
        leaf = body["proof"]["leaf"]
        if root_of_proof(sha256(statement), leaf, checkpoint.size, proof) != checkpoint.root:
            yield f"{body['order']['id']}: the proof does not lead to the root"
        if document["log"]["leaf"] != leaf:
            yield f"{body['order']['id']}: the statement names another leaf than its proof"
    except (NotProved, ValueError, KeyError) as error:
        yield f"{body['order']['id']}: {error}"


def evidence(case, path):
    """A file of evidence holds together, from the root that is trusted to every leaf."""
    try:
        file = json.loads(path.read_bytes())
        root = certificate_of(decoded(file["seller"]["root"]))
        if fingerprint(root) != case.arguments.root:
            yield f"{path.name}: the root is another"
            return
        notes = [Checkpoint.verify(note, case.log_keys) for note in file["checkpoints"]]
        logs = {note.origin: note for note in notes}
        buyer = certificate_of(decoded(file["order"]["certificate"]))
        Signed.parse(decoded(file["order"]["signed_data"])).verify([buyer])
        stated = [(file["seller"]["statement"], [root])]
        stated += [(one, case.receipt_certificates) for one in file["statements"]]
        stated += [(one, case.receipt_certificates) for one in file["order"]["key_statements"]]
        for one, keys in stated:
            octets, note = decoded(one["statement"]), logs[one["log"]]
            Signed.parse(octets).verify(keys)
            proof = [decoded(node) for node in one["proof"]]
            if root_of_proof(sha256(octets), one["leaf"], note.size, proof) != note.root:
                yield f"{path.name}: leaf {one['leaf']} is not proved"
    except (NotProved, ValueError, KeyError) as error:
        yield f"{path.name}: {error!r}"


def J3(case):
    """No unit is lost, made up or promised twice: what came in is on hand or shipped, and what is reserved is some order's."""
    moved = {
        row["sku"]: row
        for row in case.rows(
            "SELECT sku, sum(on_hand) AS on_hand, sum(reserved) AS reserved,"
            " -sum(CASE kind WHEN 'shipped' THEN on_hand ELSE 0 END) AS shipped"
            " FROM stock_movements GROUP BY sku"
        )
    }
    promised = {
        row["sku"]: row
        for row in case.rows(
            "SELECT sku, sum(reserved) AS reserved, sum(shipped) AS shipped,"
            " min(min(reserved, back_ordered, shipped, cancelled)) AS least,"
            " sum(ordered - reserved - back_ordered - shipped - cancelled) AS missing"
            " FROM order_lines GROUP BY sku"
        )
    }
    for item in case.rows("SELECT sku, on_hand, reserved FROM items"):
        case.looks()
        sku = item["sku"]
        here, lines = moved.get(sku), promised.get(sku)
        if not 0 <= item["reserved"] <= item["on_hand"]:
            yield f"{sku}: {item['reserved']} reserved of {item['on_hand']} on hand"
        sums = (here["on_hand"], here["reserved"]) if here else (0, 0)
        if sums != (item["on_hand"], item["reserved"]):
            yield f"{sku}: its movements come to {sums}, not {(item['on_hand'], item['reserved'])}"
        reserved = lines["reserved"] if lines else 0
        if reserved != item["reserved"]:
            yield f"{sku}: {item['reserved']} reserved, {reserved} of them for orders"
        shipped = (lines["shipped"] if lines else 0, here["shipped"] if here else 0)
        if shipped[0] != shipped[1]:
            yield f"{sku}: orders say {shipped[0]} shipped, the movements {shipped[1]}"
        if lines and (lines["least"] < 0 or lines["missing"]):
            yield f"{sku}: the units of a line do not add up"


def J4(case):
    """Under one buyer's number there is at most one order that was not declined, and other octets under it are refused."""
    numbers = defaultdict(list)
    for order in case.orders.values():
        case.looks()
        if order["state"] != "declined":
            numbers[order["buyer"], order["purchase_order_number"]].append(order["id"])
    for (buyer, number), ids in numbers.items():
        if len(ids) > 1:
            yield f"{buyer} has {len(ids)} orders under {number}: {ids}"
    accepted = defaultdict(set)
    for message in case.ledger.messages.values():
        for body in message.bodies():
            if "receipt" in body and body["decision"] != "declined":
                order = body["order"]
                content = Signed.parse(message.signed).content if message.signed else message.octets
                accepted[order["buyer"], order["purchase_order_number"]].add(content)
    for (buyer, number), contents in accepted.items():
        if len(contents) > 1:
            yield f"{len(contents)} different orders of {buyer} under {number} were acknowledged"


def J5(case):
    """Every order is signed by a key that was enrolled for its account before its receipt, and not revoked before it."""
    keys = {bytes(row["certificate_sha256"]): row for row in case.rows("SELECT * FROM keys")}
    for order in case.orders.values():
        case.looks()
        key = keys.get(bytes(order["certificate_sha256"]))
        if key is None:
            yield f"{order['id']} is signed by a key that nobody enrolled"
            continue
        if (key["account"], key["buyer"]) != (order["account"], order["buyer"]):
            yield f"{order['id']} of {order['account']} is signed by the key of {key['account']}"
        if not key["enrolment_statement"] < order["receipt"]:
            yield f"{order['id']} was answered before its key was enrolled"
        if key["revocation_statement"] is not None and key["revocation_statement"] < order["receipt"]:
            yield f"{order['id']} is signed by a key that was revoked before"
        try:
            signed = Signed.parse(bytes(order["signed_data"]))
            content, _ = signed.verify([certificate_of(bytes(key["certificate"]))])
        except (NotProved, ValueError) as error:
            yield f"{order['id']}: {error}"
            continue
        document = json.loads(content)
        said = (document["buyer"], document["purchase_order_number"])
        if said != (order["buyer"], order["purchase_order_number"]):
            yield f"{order['id']} is kept as another's or under another number than was signed"


def J6(case):
    """Whoever was promised or sent something has the mail that says it, and a second copy of a mail only where a delivery ended unclear."""
    if not case.arguments.mail:
        return
    ids = defaultdict(set)
    for message_id, to, attached in case.mails:
        for digest in attached:
            ids[digest, to].add(message_id)
    told = {digest for _, _, attached in case.mails for digest in attached}
    for row in case.statements.values():
        if row["kind"] in ("receipt", "shipment", "cancellation"):
            case.looks()
            if bytes(row["sha256"]) not in told:
                yield f"nobody was sent statement {row['number']}, a {row['kind']} of {row['order_id']}"
    of_statements = {bytes(row["sha256"]) for row in case.statements.values()}
    for (digest, to), found in ids.items():
        if digest in of_statements and len(found) > 1:
            yield f"{to} has one statement under {len(found)} Message-IDs"
    copies = Counter((message_id, to) for message_id, to, _ in case.mails)
    twice = sum(count - 1 for count in copies.values())
    if twice > case.ledger.header["ambiguous_mails"]:
        yield f"{twice} mails came again, {case.ledger.header['ambiguous_mails']} deliveries ended unclear"


def J7(case):
    """What was refused has left nothing: no order, no stock that moved, no mail."""
    taken_in = {
        message.signed for message in case.ledger.messages.values() if not message.is_refused()
    }
    for message in case.ledger.messages.values():
        if message.is_refused():
            case.looks()
            if message.signed is not None and message.signed not in taken_in:
                for order in case.by_signed.get(message.signed, []):
                    yield f"{order['id']} is there, although its message was refused"
    for table in ("stock_movements", "outbox", "order_lines"):
        for row in case.rows(
            f"SELECT DISTINCT order_id FROM {table}"
            " WHERE order_id IS NOT NULL AND order_id NOT IN (SELECT id FROM orders)"
        ):
            yield f"{table} speaks of {row['order_id']}, which is no order"


def J8(case):
    """The life of every order goes forward along the published states, without a gap, to where the order stands."""
    events = defaultdict(list)
    for row in case.rows("SELECT order_id, version, event FROM order_events ORDER BY order_id, version"):
        events[row["order_id"]].append(row)
    for order in case.orders.values():
        case.looks()
        state, version = order["decision"], 1
        for row in events.pop(order["id"], []):
            version += 1
            if row["version"] != version:
                yield f"{order['id']}: version {row['version']} follows {version - 1}"
            if row["event"] not in FORWARD.get(state, set()):
                yield f"{order['id']} went from {state} to {row['event']}"
            state = row["event"]
        if (state, version) != (order["state"], order["version"]):
            yield f"{order['id']} is {order['state']} at {order['version']}, its life ends as {state} at {version}"
    for order_id in events:
        yield f"{order_id} has a life, and is no order"


def J9(case):
    """The database is whole: its pages, its indexes and its references."""
    for pragma in ("integrity_check", "foreign_key_check"):
        case.looks()
        for row in case.rows(f"PRAGMA {pragma}"):
            if tuple(row) != ("ok",):
                yield f"{pragma}: {tuple(row)}"


def J10(case):
    """What is confidential is in no trace, error or stray file, and what is secret is not in the database either."""
    canaries = [text.encode() for text in case.ledger.header["canaries"]]
    secrets = [text.encode() for text in case.ledger.header["secrets"]]
    scanned = [("an error that was answered", body, canaries + secrets) for body in case.ledger.errors]
    for path in case.arguments.scan:
        for file in [path, *path.rglob("*")]:
            if file.is_file():
                scanned.append((str(file), file.read_bytes(), canaries + secrets))
    for suffix in ("", "-wal"):
        file = pathlib.Path(case.arguments.database + suffix)
        if file.exists():
            scanned.append((str(file), file.read_bytes(), secrets))
    for place, octets, wanted in scanned:
        for text in wanted:
            case.looks()
            if text in octets:
                yield f"{place} holds {text[:4].decode(errors='replace')}…"


def J11(case):
    """The leaves of the log are what was decided and done, in order, each once and without a gap."""
    for place, number in enumerate(case.statements):
        case.looks()
        if place != number:
            yield f"statement {number} stands in place {place}"
            break
    size = sum(log["size"] for log in case.logs)
    if size != len(case.statements):
        yield f"{len(case.statements)} statements, and {size} leaves"
    first = {log["origin"]: log["first_statement"] for log in case.logs}
    for number, row in case.statements.items():
        if sha256(bytes(row["der"])) != bytes(row["sha256"]):
            yield f"statement {number} is not what its leaf holds"
        document = case.documents[number]
        if isinstance(document, dict) and document.get("log"):
            place = document["log"]
            if first.get(place["origin"], 0) + place["leaf"] != number:
                yield f"statement {number} says that it is leaf {place['leaf']} of {place['origin']}"
    shipped = Counter(row["order_id"] for row in case.statements.values() if row["kind"] == "shipment")
    receipts = Counter(row["order_id"] for row in case.statements.values() if row["kind"] == "receipt")
    for order in case.orders.values():
        row = case.statements.get(order["receipt"])
        if row is None or (row["kind"], row["order_id"]) != ("receipt", order["id"]):
            yield f"{order['id']} has no receipt in the log"
        if order["state"] in ("shipped", "part_shipped") and not shipped[order["id"]]:
            yield f"{order['id']} is {order['state']} without a statement"
        was_held = order["decision"] == "held"
        if receipts[order["id"]] > (2 if was_held else 1):
            yield f"{order['id']} has {receipts[order['id']]} receipts"
    for order_id in (receipts.keys() | shipped.keys()) - case.orders.keys():
        yield f"the log speaks of {order_id}, which is no order"


def J12(case):
    """Whatever ended in the unknown became one thing, taken in or not there, when the same octets came again."""
    for message in case.ledger.messages.values():
        places = [place for place, (status, _) in enumerate(message.outcomes) if status is None]
        if not places:
            if not message.outcomes:
                yield f"nobody wrote down what became of {sha256(message.octets).hex()}"
            continue
        case.looks()
        later = [outcome for outcome in message.outcomes[places[-1] + 1 :]]
        later = [(status, body) for status, body in later if status not in NOT_SETTLED]
        if not later:
            yield f"{sha256(message.octets).hex()} was never settled"
            continue
        there = len(case.by_signed.get(message.signed, [])) if message.signed else 0
        status, _ = later[-1]
        if status in (200, 201) and message.signed is not None and there != 1:
            yield f"{sha256(message.octets).hex()} was settled as taken in, and is there {there} times"
        if 400 <= status < 500 and there:
            yield f"{sha256(message.octets).hex()} was settled as refused, and is there"


JUDGEMENTS = [J1, J2, J3, J4, J5, J6, J7, J8, J9, J10, J11, J12]


def judge(case, demanded=()):
    """Every violation, by the name of the judgement."""
    found = {}
    for judgement in JUDGEMENTS:
        name = case.judgement = judgement.__name__
        try:
            violations = list(judgement(case))
        except (NotProved, sqlite3.DatabaseError) as error:
            violations = [f"cannot be judged: {error}"]
        if name in demanded and not case.looked_at[name]:
            violations.append("looked at nothing")
        found[name] = violations
    return found


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ledger", type=pathlib.Path)
    parser.add_argument("--database", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--root-certificate", required=True)
    parser.add_argument("--mail")
    parser.add_argument("--evidence")
    parser.add_argument("--server")
    parser.add_argument("--scan", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--demand", default="")
    return parser.parse_args(words)


def main(words):
    arguments = arguments_of(words)
    try:
        ledger = Ledger(arguments.ledger.read_text().splitlines())
    except LedgerError as error:
        print(f"the ledger cannot be read: {error}", file=sys.stderr)
        return 2
    case = Case(ledger, arguments)
    found = judge(case, arguments.demand.split(","))
    for judgement in JUDGEMENTS:
        name = judgement.__name__
        violations = found[name]
        verdict = f"VIOLATED {len(violations)} times," if violations else "holds,"
        print(f"{name:<4}{verdict} {case.looked_at[name]} looked at: {judgement.__doc__}")
        for violation in violations:
            print(f"     {violation}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
