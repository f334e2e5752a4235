"""Reads the emails of a shop as strict programs do: Python's email package, and three calendar libraries."""

import pathlib
import sys
from email import message_from_bytes, policy

import ics
import icalendar
import vobject

METHODS = {"Your ticket: ": "PUBLISH", "Event updated: ": "REQUEST", "Cancelled: ": "CANCEL"}


def check_calendar(text: str, method: str) -> dict:
    assert "\n" not in text.replace("\r\n", ""), "a line does not end with CRLF"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), "a line is not folded"
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["method"] == method
    [entry] = calendar.walk("VEVENT")
    assert entry.errors == [], entry.errors
    assert str(entry["url"]).startswith("http")
    assert len(entry.walk("VALARM")) == (0 if method == "CANCEL" else 1)
    if method == "REQUEST":
        assert str(entry["attendee"]) == "mailto:alice@people.example" and entry["organizer"]
    [read] = vobject.readOne(text).vevent_list
    assert read.uid.value == str(entry["uid"])
    # `ics` knows a summary without the escapes of RFC 5545 too.
    [event] = ics.Calendar(text).events
    assert event.uid == str(entry["uid"]) and event.name == str(entry["summary"])
    return {"uid": str(entry["uid"]), "sequence": int(entry["sequence"])}


def check_mail(data: bytes, host: str) -> tuple:
    mail = message_from_bytes(data, policy=policy.strict)
    for name in ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version"]:
        assert len(mail.get_all(name, [])) == 1, f"{name}: {mail.get_all(name)}"
    for part in mail.walk():
        assert part.defects == [], part.defects
    assert mail["Date"].datetime is not None
    assert mail["Message-ID"].endswith(f"@{host}>"), mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"
    html = mail.get_body(("html",)).get_content()
    assert mail.get_body(("plain",)).get_content().strip()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    for picture in pictures:
        assert picture.get_content().startswith(b"\x89PNG\r\n\x1a\n")
        assert f"cid:{picture['Content-ID'].strip('<>')}" in html
    assert "http" not in html or "<a href=" in html
    files = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return str(mail["Subject"]), str(mail["Message-ID"]), pictures, files


def main(directory: str, host: str) -> None:
    seen, ids = {}, set()
    for path in sorted(pathlib.Path(directory).glob("*.eml")):
        subject, message_id, pictures, files = check_mail(path.read_bytes(), host)
        ids.add(message_id)
        for start in METHODS:
            if subject.startswith(start):
                [file] = files
                method = METHODS[start]
                assert file.get_content_type() == "text/calendar" and file.get_param("method") == method
                text = file.get_payload(decode=True).decode()
                seen[start] = check_calendar(text, method)
                assert len(pictures) == (1 if method == "PUBLISH" else 0)
    assert list(seen) and set(seen) == set(METHODS), f"emails: {sorted(seen)}"
    assert len(ids) == len(list(pathlib.Path(directory).glob("*.eml"))), "a Message-ID came twice"
    ticket, updated, cancelled = (seen[start] for start in METHODS)
    assert ticket["uid"] == updated["uid"] == cancelled["uid"] and ticket["uid"].endswith(f"@{host}")
    assert ticket["sequence"] < updated["sequence"] < cancelled["sequence"]
    print(f"{len(ids)} emails read")


main(*sys.argv[1:])
