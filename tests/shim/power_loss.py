"""What a disk may hold after the power went, and whether a shop can be opened on it without a loss.

Usage: power_loss.py BASE UNDER RECORD ACKNOWLEDGED OPD IMAGES SEED. BASE is a copy of the data directory from before
the record began, and UNDER where that directory was; RECORD is what recorder.c wrote down; ACKNOWLEDGED has a line of JSON for each answer: how long the
record was when it had come (`at`), and the digests of the signed order and of its receipt.

Of all that was written and not synced, each image keeps, drops or tears each write, in any order: a sector of
512 octets or a page of 4 KiB is there or not. A file whose folder was not synced since may be missing, and a
rename undone. Each image is judged by `opd log verify` and by SQLite, and every tenth is opened by `opd serve` first.
Prints one line of JSON; exits with 1 if an acknowledged order is lost, or an image is not whole.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

HEAD = struct.Struct("<cQQQ")
WAYS = ["dropped", "torn", "reordered", "kept"]
# In memory where there is such a place: what an image survives was decided when it was made.
ROOM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SERVED_EVERY = 10
PATIENCE_SECONDS = 120


def records(path):
    """Every record, and where it ends."""
    octets, at = path.read_bytes(), 0
    while at < len(octets):
        operation, name, offset, length = HEAD.unpack_from(octets, at)
        at += HEAD.size
        file = octets[at : at + name].decode()
        at += name
        data = octets[at : at + length]
        at += length
        yield at, operation, file, offset, data


class File:
    """A file: what is on the disk for certain, and what was written since."""

    def __init__(self, durable=b"", is_named=True):
        self.durable, self.pending, self.is_named = bytearray(durable), [], is_named

    def sync(self):
        for change in self.pending:
            apply(self.durable, *change)
        self.pending = []

    def image(self, dice, way):
        """What may be found of it."""
        content = bytearray(self.durable)
        pending = list(self.pending)
        if way == "reordered":
            dice.shuffle(pending)
        for offset, data in pending:
            if way == "kept":
                apply(content, offset, data)
            elif way == "torn" and data is not None:
                unit = dice.choice([512, 4096])
                for start in range(0, len(data), unit):
                    if dice.random() < 0.5:
                        apply(content, offset + start, data[start : start + unit])
            elif way != "dropped" and dice.random() < 0.5:
                apply(content, offset, data)
        return bytes(content)


def apply(content, offset, data):
    """Writes, or shortens if there is nothing to write."""
    if data is None:
        del content[offset:]
        content.extend(bytes(max(0, offset - len(content))))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk:
    """The files of a database, by name."""

    def __init__(self, base, under):
        self.under = under
        self.files = {}
        self.before = {}
        for path in base.iterdir():
            if path.is_file() and is_recorded(path.name):
                self.files[path.name] = File(path.read_bytes())

    def does(self, operation, path, offset, data):
        if path == self.under:
            # The folder was synced: names are what they seem.
            for file in self.files.values():
                file.is_named = True
            self.before = {}
            return
        name = os.path.basename(path)
        if operation == b"r":
            new = os.path.basename(data.decode())
            self.before.setdefault(new, self.files.get(new))
            self.files[new] = self.files.pop(name)
        elif operation == b"u":
            self.before.setdefault(name, self.files.pop(name, None))
        else:
            file = self.files.setdefault(name, File(is_named=False))
            if operation == b"w":
                file.pending.append((offset, data))
            elif operation == b"t":
                file.pending.append((offset, None))
            else:
                file.sync()

    def write_image(self, folder, dice, way):
        files = dict(self.files)
        for name, old in self.before.items():
            if way != "kept" and dice.random() < 0.5:
                files[name] = old
        for name, file in files.items():
            if file is None or (not file.is_named and way != "kept" and dice.random() < 0.5):
                continue
            (folder / name).write_bytes(file.image(dice, way))


def is_recorded(name):
    return name in ("opd.db", "opd.db-wal") or name.startswith("log.checkpoint")


def faults_of_serving(environment, opd):
    """What a server says that is started on an image and ended again, unless that is as it should be."""
    server = subprocess.Popen(
        [opd, "serve", "127.0.0.1", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ready = server.stdout.readline()
    server.terminate()
    _, said = server.communicate(timeout=PATIENCE_SECONDS)
    is_well = ready.startswith("listening ") and server.returncode == 0
    return [] if is_well else [f"opd serve: {ready}{said[-300:]}"]


def faults(folder, opd, acknowledged, is_to_serve):
    """What is wrong with an image, and whether an acknowledged order is lost."""
    environment = {"OPD_DATA": str(folder), "HOME": str(folder), "PATH": os.environ["PATH"]}
    found = faults_of_serving(environment, opd) if is_to_serve else []
    verified = subprocess.run(
        [opd, "log", "verify"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    if verified.returncode:
        found.append(f"opd log verify: {verified.stdout[-300:]}{verified.stderr[-300:]}")
    try:
        database = sqlite3.connect(folder / "opd.db")
        check = database.execute("PRAGMA integrity_check").fetchall()
        if check != [("ok",)]:
            found.append(f"integrity_check: {check[:3]}")
        rows = database.execute(
            "SELECT signed_data, der FROM orders JOIN statements ON number = receipt"
        ).fetchall()
        database.close()
    except sqlite3.DatabaseError as error:
        return [*found, f"unreadable: {error}"], bool(acknowledged)
    kept = {tuple(hashlib.sha256(octets).hexdigest() for octets in row) for row in rows}
    lost = [one for one in acknowledged if one not in kept]
    if lost:
        found.append(f"{len(lost)} of {len(acknowledged)} acknowledged orders are lost")
    return found, bool(lost)


class Image:
    """A data directory as a crash after this step may leave it."""

    def __init__(self, base, disk, dice, step, way):
        self.step, self.way = step, way
        self.room = tempfile.TemporaryDirectory(dir=ROOM)
        self.folder = pathlib.Path(self.room.name) / "data"
        keep = shutil.ignore_patterns("opd.db*", "log.checkpoint*", "mail")
        shutil.copytree(base, self.folder, ignore=keep)
        disk.write_image(self.folder, dice, way)

    def judged(self, opd, acknowledged, is_to_serve):
        """What is found, and whether an order is lost; the image is gone afterwards."""
        with self.room:
            found, is_lost = faults(self.folder, opd, acknowledged, is_to_serve)
        return {"step": self.step, "way": self.way, "found": found}, is_lost


def verdicts(base, under, steps, told, opd, images, dice):
    """Makes so many images, and judges several at a time; yields also how many writes each could lose."""
    # Beginning with the first order: before it there is nothing to lose.
    first = next(place for place, step in enumerate(steps) if step[0] >= told[0]["at"])
    crashes = sorted(dice.randrange(first, len(steps)) for _ in range(images))
    disk, done, workers = Disk(base, under), 0, os.cpu_count() or 1
    waiting = []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for number, crash in enumerate(crashes):
            for _, *step in steps[done : crash + 1]:
                disk.does(*step)
            done = crash + 1
            due = [(one["signed"], one["receipt"]) for one in told if one["at"] <= steps[crash][0]]
            image = Image(base, disk, dice, crash, WAYS[number % len(WAYS)])
            is_to_serve = number % SERVED_EVERY == 0
            unsynced = sum(len(file.pending) for file in disk.files.values())
            waiting.append((unsynced, pool.submit(image.judged, opd, due, is_to_serve)))
            # No more images at a time than are worked on.
            if len(waiting) > workers:
                unsynced, judged = waiting.pop(0)
                yield unsynced, *judged.result()
        for unsynced, judged in waiting:
            yield unsynced, *judged.result()


def main(base, under, record, acknowledged, opd, images, seed):
    steps = list(records(pathlib.Path(record)))
    told = [json.loads(line) for line in pathlib.Path(acknowledged).read_text().splitlines()]
    told.sort(key=lambda one: one["at"])
    judged = list(
        verdicts(
            pathlib.Path(base), under, steps, told, opd, int(images), random.Random(int(seed))
        )
    )
    lost = sum(is_lost for _, _, is_lost in judged)
    damaged = sum(bool(image["found"]) and not is_lost for _, image, is_lost in judged)
    summary = {
        "seed": int(seed),
        "images": len(judged),
        "steps": len(steps),
        "acknowledged": len(told),
        "unsynced_writes": sum(unsynced for unsynced, _, _ in judged),
        "images_with_a_loss": lost,
        "images_damaged": damaged,
        "examples": [image for _, image, _ in judged if image["found"]][:5],
    }
    print(json.dumps(summary))
    return 1 if lost or damaged else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
