"""Stage `recording`: turn the retina recording into a sample set. Usage: python pipelines/recording.py"""

from latentfield.pipeline import params
from latentfield.pipeline.stage import RAW, SAMPLES, run
from latentfield.recordings import retina
from latentfield.samples import store
from latentfield.samples.splits import schemes, splits
from latentfield.workspace.provenance import code_version


def main() -> None:
    """Write data/samples/retina.zarr: words (repeat, bin, neuron) and the labels of the three splits."""
    parameters = params.load()
    source = retina.locate(RAW, parameters.recording.download)
    words = retina.read(source.file) if source.file else retina.surrogate(parameters.seed)
    attributes = {
        "system": retina.NAME,
        "sites": "spins",
        "recording": source.kind,
        "parameters": parameters.recording.model_dump(mode="json"),
        "splits": list(schemes(*words.shape[:2])),
        "bin_seconds": retina.BIN_SECONDS,
        "code": code_version("latentfield.recordings.retina", "latentfield.samples.store"),
    }
    labels = splits(*words.shape[:2], parameters.recording.split_seed)
    store.write(SAMPLES / f"{retina.NAME}.zarr", attributes, words.shape[1], words, len(words), splits=labels)


if __name__ == "__main__":
    run(main)
