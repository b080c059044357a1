"""Stage `locate`: say which recording the pipeline will use. Runs every time, so that a copy that turns up is noticed.

Usage: python pipelines/locate.py
"""

from latentfield.pipeline import always, params
from latentfield.pipeline.stage import run


def main() -> None:
    """Write data/raw/recording.json: "recording" and its hash, or SURROGATE; the same on every machine."""
    found = always.locate(params.load())
    always.LOCATED.parent.mkdir(parents=True, exist_ok=True)
    always.LOCATED.write_text(found)


if __name__ == "__main__":
    run(main)
