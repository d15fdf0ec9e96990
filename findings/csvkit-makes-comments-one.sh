#!/usr/bin/env bash
# Library: csvkit 2.2.0 with agate 1.14.2 (Python), on CSV files with the comments that webhooks of a Page and of
# Instagram have brought.
#
# One would guess: 106000000000001_901000000000001, the form of the ids of a Page's posts and comments, is a text to a
# tool that looks at the values of a column to find its type: it has an underscore in it.
#
# What happens: csvkit asks Python's Decimal, to which an underscore between digits is punctuation, as in 1_000. The id
# is a number of 30 digits, and those that count do not fit.
# - csvsort writes one and the same id for both comments. csvjson and csvsql do, csvstat finds one unique value, and
#   csvjoin joins each comment with each.
# - csvcut, csvgrep and csvstack, which look for no types, keep the ids. So does everything with --no-inference, and
#   everything as soon as one id in the file has a letter in it.
# - an id of Instagram has 17 digits and is kept by csvsort. csvjson makes a double of it: …001 comes out as …000, the
#   id that another comment may have.
#
# Why it matters: it happens in the middle of a pipeline, without a word, and what comes out is a file with ids in it. A
# reply, a hiding or a deletion made by that list goes to an id that is not there, or to somebody else's comment.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'csvkit==2.2.0' 'agate==1.14.2'
PATH=$work/venv/bin:$PATH

# comment_id and message of changes in "feed", id and text of changes in "comments".
cat >page.csv <<'CSV'
id,text
106000000000001_901000000000001,how much?
106000000000001_901000000000002,great
CSV
cat >instagram.csv <<'CSV'
id,text
17858893260000001,how much?
17858893260000002,great
CSV

seen=$(
  for source in page instagram; do
    echo "$source"
    echo "csvcut: $(csvcut --columns id $source.csv | xargs)"
    echo "csvsort: $(csvsort --columns text $source.csv | csvcut --columns id | xargs)"
    echo "csvsort --no-inference: $(csvsort --no-inference --columns text $source.csv | csvcut --columns id | xargs)"
    echo "csvjson: $(csvjson $source.csv)"
    echo "csvsql: $(csvsql --query "select count(distinct id) as ids from $source" $source.csv | xargs)"
    echo "csvstat: $(csvstat --columns id --unique $source.csv)"
    pairs=$(csvjoin --columns id $source.csv $source.csv | csvcut --columns text,text2 | tail --lines +2 | xargs)
    echo "csvjoin: $pairs"
  done
  echo "m_901000000000003,hm" | cat page.csv - >letter.csv
  echo "page, with a letter: $(csvsort --columns text letter.csv | csvcut --columns id | xargs)"
)
expected='page
csvcut: id 106000000000001_901000000000001 106000000000001_901000000000002
csvsort: id 1.060000000000019010000000000E+29 1.060000000000019010000000000E+29
csvsort --no-inference: id 106000000000001_901000000000002 106000000000001_901000000000001
csvjson: [{"id": 1.060000000000019e+29, "text": "how much?"}, {"id": 1.060000000000019e+29, "text": "great"}]
csvsql: ids 1
csvstat: 1
csvjoin: how much?,how much? how much?,great great,how much? great,great
instagram
csvcut: id 17858893260000001 17858893260000002
csvsort: id 17858893260000002 17858893260000001
csvsort --no-inference: id 17858893260000002 17858893260000001
csvjson: [{"id": 1.785889326e+16, "text": "how much?"}, {"id": 1.7858893260000002e+16, "text": "great"}]
csvsql: ids 2
csvstat: 2
csvjoin: how much?,how much? great,great
page, with a letter: id 106000000000001_901000000000002 m_901000000000003 106000000000001_901000000000001'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
