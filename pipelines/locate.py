"""Stage `locate`: say which recording the pipeline will use. Runs every time, so that a copy that turns up is noticed.

Usage: python pipelines/locate.py
"""

import json

from latentfield.pipeline import params
from latentfield.pipeline.stage import RAW, run
from latentfield.recordings import retina


def main() -> None:
    """Write data/raw/recording.json: "recording" and its hash, or SURROGATE; the same on every machine."""
    source = retina.locate(RAW, params.load().recording.download)
    if source.kind == retina.SURROGATE:
        retina.warn_surrogate(source.reason)
    RAW.mkdir(parents=True, exist_ok=True)
    content = {"kind": source.kind, "file": retina.FILE, "sha256": retina.SHA256}
    (RAW / "recording.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    run(main)
