#!/usr/bin/env bash
# Library: tungsten-meta-leads 0.1.1 with tungsten-leads 0.1.2, tungsten-admin 0.1.12, and SQLAlchemy 2.1.9 (Python), on
# SQLite, in tables made from its models.
#
# One would guess: each question of a lead form becomes a field of its own, as the README has it ("your own questions as
# lead fields (created for you)"), and a lead is dated when the person sent it. The library asks Meta for created_time.
#
# What happens:
# - the name of the field is what the question has of a to z and 0 to 9, or "answer" if it has nothing of that. So all
#   questions in Greek, Arabic, Hindi, or Chinese, of all forms, are one field, until somebody maps them by hand. It is
#   named after the first of them and holds the answer to the last. The other answers are nowhere.
# - the name ends after 60 characters. Two questions that begin alike are one, too.
# - created_time is not used. A lead is dated when it arrives here, also by "Sync", which is for leads that were sent
#   while the site was down or before it was set up: a person of ten weeks ago is "New this week".
#
# Why it matters: "Which day?" is answered "Children". Nothing is logged but "imported", and the answers are kept
# nowhere else; Meta deletes them after 90 days. A form in English, as in the guide, works.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'tungsten-meta-leads==0.1.1' 'tungsten-leads==0.1.2' \
  'tungsten-admin==0.1.12' 'SQLAlchemy==2.1.9'

cat >receive.py <<'PY'
import http.server
import json
import threading
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from tungsten_leads import Lead, LeadField, LeadsBase
from tungsten_meta_leads import Graph, MetaBase, MetaLeadLog, MetaPage, graph, sync, sync_form

FORMS = {
    "English": {"which_day?": "Tuesday", "for_whom?": "Children"},
    "Greek": {"ποια_μέρα;": "Tuesday", "για_ποιον;": "Children"},
    "long": {
        "which_of_our_swimming_courses_would_you_like_to_attend_most_on_weekdays?": "Crawl",
        "which_of_our_swimming_courses_would_you_like_to_attend_most_on_sundays?": "Diving",
    },
}
LEADS = {}


def lead(number, form, day):
    answers = {"full_name": f"Lead {number}"} | FORMS[form]
    return {
        "id": f"50{number}",
        "created_time": f"{day}T08:00:00+0000",
        "form_id": form,
        "platform": "fb",
        "field_data": [{"name": name, "values": [answer]} for name, answer in answers.items()],
    }


def form(name):
    questions = [{"key": key, "label": key.replace("_", " ").capitalize(), "type": "CUSTOM"} for key in FORMS[name]]
    return {"id": name, "name": name, "status": "ACTIVE", "questions": questions}


class Meta(http.server.BaseHTTPRequestHandler):
    """Give the forms of the Page, their leads, and each lead."""

    def do_GET(self):
        *_, node, edge = urlsplit(self.path).path.split("/")
        if edge == "leadgen_forms":
            answer = {"data": [form(name) for name in FORMS]}
        elif edge == "leads":
            answer = {"data": [one for one in LEADS.values() if one["form_id"] == node]}
        else:
            answer = LEADS[edge]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


def delivery(one):
    value = {"leadgen_id": one["id"], "page_id": "1067", "form_id": one["form_id"], "created_time": 1790000000}
    change = {"field": "leadgen", "value": value}
    return {"object": "page", "entry": [{"id": "1067", "time": 1790000001, "changes": [change]}]}


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Meta)
threading.Thread(target=server.serve_forever, daemon=True).start()
graph.GRAPH_HOST = f"http://127.0.0.1:{server.server_port}"
engine = create_engine("sqlite://")
LeadsBase.metadata.create_all(engine)
MetaBase.metadata.create_all(engine)
today = datetime.now().date()
with Session(engine) as db:
    db.add(MetaPage(page_id="1067", name="Page", access_token="t"))
    db.flush()
    client = Graph(app_secret="s")
    forms = {one.form_id: one for one in sync.refresh_forms(db, client)}
    for number, name in enumerate(FORMS):
        one = lead(number, name, "2026-11-29")
        LEADS[one["id"]] = one
        (log,) = sync.handle_webhook(db, client, delivery(one))
        stored = db.get(Lead, log.lead_id)
        print(f"{name}, {log.status}: {json.dumps(stored.custom_fields)}")
    print("fields:")
    for field in db.scalars(select(LeadField)):
        print(f'  {field.key} "{field.label[:40]}"')
    old = lead(9, "English", "2026-09-10")
    LEADS[old["id"]] = old
    print(f"synced: {sync_form(db, client, forms['English'])}")
    log = db.scalars(select(MetaLeadLog).where(MetaLeadLog.leadgen_id == old["id"])).one()
    dates = {db.get(Lead, log.lead_id).created_at.date(), log.created_at.date()}
    known = "today" if dates <= {today, datetime.now().date()} else str(dates)
    print(f"sent on {old['created_time'][:10]}, dated {known}")
PY

seen=$(venv/bin/python receive.py)
expected='English, imported: {"which_day": "Tuesday", "for_whom": "Children"}
Greek, imported: {"answer": "Children"}
long, imported: {"which_of_our_swimming_courses_would_you_like_to_attend_most_": "Diving"}
fields:
  which_day "Which day?"
  for_whom "For whom?"
  answer "Ποια μέρα;"
  which_of_our_swimming_courses_would_you_like_to_attend_most_ "Which of our swimming courses would you "
synced: 1
sent on 2026-09-10, dated today'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
