"""WhatsApp's samples as signed bodies, in a file for the programs that feed them to a library."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hookscope.meta import wire
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.json_access import counted
from hookscope.meta.signature import sign_headers
from hookscope.samples.business import Business
from hookscope.samples.catalog import all_samples
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.sample import Sample
from tests.interop.installation import Installation
from tests.interop.library import Outcome
from tests.support.captures import SECRET


async def feed(installation: Installation, program: str, *, fields: frozenset[str]) -> list[Outcome]:
    """Run a program over the samples of these fields; return an outcome a field, and one a sample that is not taken.

    It is given `file`, a list of `{"name", "field", "body", "headers"}`, the app secret, and the ids of the business,
    and prints an outcome a sample.
    """
    business = Business()
    with _written([one for one in all_samples() if one.object == WHATSAPP and one.field in fields]) as file:
        given = {
            "file": str(file),
            "app_secret": SECRET,
            "waba_id": business.waba_id,
            "phone_number_id": business.phone_number_id,
        }
        return _summed_up([Outcome(**said) for said in await installation.run(program, given)])


def _summed_up(outcomes: list[Outcome]) -> list[Outcome]:
    taken = Counter(one.ran.partition(".")[0] for one in outcomes if one.works)
    works = [Outcome(ran=f"{field}: {counted(count, 'sample')}", works=True) for field, count in sorted(taken.items())]
    return works + [one for one in outcomes if not one.works]


@contextmanager
def _written(samples: list[Sample]) -> Iterator[Path]:
    maker = PayloadBuilder(1)
    bodies = [(sample, wire.encode(maker.payload(sample, Shape()))) for sample in samples]
    rows = [
        {
            "name": sample.name.partition(".")[2],
            "field": sample.field,
            "body": body.decode("ascii"),
            "headers": dict(sign_headers(body, SECRET)),
        }
        for sample, body in bodies
    ]
    with TemporaryDirectory(prefix="hookscope-payloads-") as folder:
        file = Path(folder) / "payloads.json"
        file.write_text(json.dumps(rows))
        yield file
