"""The tool that lists the samples."""

from typing import Annotated

from hookscope.mcp.access import Access
from hookscope.mcp.results import ListedSample, SampleList
from hookscope.samples import catalog

_MOST = 60


def list_samples(
    _: Access, words: Annotated[str, "words in name and title, such as `whatsapp reaction`; empty for all"] = ""
) -> SampleList:
    """List sample notifications that trigger_sample sends, by name."""
    found = catalog.search(words)
    shown = [ListedSample(name=sample.name, title=sample.title) for sample in found[:_MOST]]
    return SampleList(samples=shown, left_out=len(found) - len(shown))
