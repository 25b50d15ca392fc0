"""What a disk may hold after the power went, and whether a shop can be opened on it without a loss.

Usage: power_loss.py BASE RECORD ACKNOWLEDGED OPD IMAGES SEED. BASE is a copy of the data directory from before the
record began; RECORD is what recorder.c wrote down; ACKNOWLEDGED has a line of JSON for each answer: how long the
record was when it had come (`at`), and the digests of the signed order and of its receipt.

Of all that was written and not synced, each image keeps, drops or tears each write, in any order: a sector of
512 octets or a page of 4 KiB is there or not. A file whose folder was not synced since may be missing, and a
rename undone. Prints one line of JSON; exits with 1 if an acknowledged order is lost, or an image is not whole.
"""

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
            if way == "dropped":
                continue
            if data is None or way == "kept":
                if way == "kept" or dice.random() < 0.5:
                    apply(content, offset, data)
            elif way == "torn":
                unit = dice.choice([512, 4096])
                for start in range(0, len(data), unit):
                    if dice.random() < 0.5:
                        apply(content, offset + start, data[start : start + unit])
            elif dice.random() < 0.5:
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


def faults(folder, opd, acknowledged):
    """What is wrong with an image."""
    environment = {"OPD_DATA": str(folder), "HOME": str(folder), "PATH": os.environ["PATH"]}
    verified = subprocess.run(
        [opd, "log", "verify"], env=environment, capture_output=True, text=True, timeout=60
    )
    found = []
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
        return [*found, f"unreadable: {error}"], len(acknowledged)
    kept = {tuple(hashlib.sha256(octets).hexdigest() for octets in row) for row in rows}
    lost = [one for one in acknowledged if one not in kept]
    if lost:
        found.append(f"{len(lost)} of {len(acknowledged)} acknowledged orders are lost")
    return found, len(lost)


def main(base, record, acknowledged, opd, images, seed):
    base, dice = pathlib.Path(base), random.Random(int(seed))
    steps = list(records(pathlib.Path(record)))
    lines = pathlib.Path(acknowledged).read_text().splitlines()
    told = [json.loads(line) for line in lines]
    # Beginning with the first order: before it there is nothing to lose.
    first = next(place for place, step in enumerate(steps) if step[0] >= told[0]["at"])
    crashes = sorted(dice.randrange(first, len(steps)) for _ in range(int(images)))
    under = told[0]["under"]
    disk, done = Disk(base, under), 0
    lost, damaged, unsynced, examples = 0, 0, 0, []
    for number, crash in enumerate(crashes):
        for _, *step in steps[done : crash + 1]:
            disk.does(*step)
        done = crash + 1
        at = steps[crash][0]
        due = [(one["signed"], one["receipt"]) for one in told if one["at"] <= at]
        unsynced += sum(len(file.pending) for file in disk.files.values())
        way = ["dropped", "torn", "reordered", "kept"][number % 4]
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "data"
            keep = shutil.ignore_patterns("opd.db*", "log.checkpoint*", "mail")
            shutil.copytree(base, folder, ignore=keep)
            disk.write_image(folder, dice, way)
            found, missing = faults(folder, opd, due)
        lost += bool(missing)
        damaged += bool(found) and not missing
        if found and len(examples) < 5:
            examples.append({"step": crash, "way": way, "found": found})
    print(
        json.dumps(
            {
                "images": len(crashes),
                "steps": len(steps),
                "acknowledged": len(told),
                "unsynced_writes": unsynced,
                "images_with_a_loss": lost,
                "images_damaged": damaged,
                "examples": examples,
            }
        )
    )
    return 1 if lost or damaged else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
