"""The HTML report: its numbers, its marks, and that it stands alone."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest

from latentfield.report.figures import panel
from latentfield.report.figures.one_vae import draw
from latentfield.report.page.page import write_page
from latentfield.report.page.section import LARGEST_SVG, chosen
from tests.report.records import recorded, sampled

REASON = "stays: 9.9 < 10 & <not> comparable"
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Tags(HTMLParser):
    """Collects the tags with their attributes and checks that they close in order."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A folder of reports with one sampled system, and a surrogate recording under a registered model."""
    folder = tmp_path_factory.mktemp("page") / "reports"
    for record, tables in (sampled(), recorded("SURROGATE")):
        path = folder / "metrics" / f"{record.system}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        record.write(path)
        draw(record, tables, folder / "figures" / record.system)
    entry = {"name": "latentfield-retina", "version": "3", "champion": False, "reason": REASON}
    (folder / "registry.json").write_text(json.dumps({"retina": entry}))
    return folder


@pytest.fixture
def page(reports):
    write_page(reports, reports.parent / "theory", reports.parent / "new" / "index.html")
    return (reports.parent / "new" / "index.html").read_text(encoding="utf-8")


def plain(page):
    return page.replace("&nbsp;", " ")


def test_numbers_stand_on_the_page(page):
    cells = ("9.877 ± 0.012", "1.4560 ± 0.0070", "entropy: 9.42", "2.432 ± 0.011", "0.4679 ± 0.0034", "16 spins")
    origin = ("feedc0de", "ising-0123456789abcdef", "toy", "<td>7</td>", "<td>random</td>", "<td>25</td>")
    for text in (*cells, *origin, "latentfield-retina v3", "not registered"):
        assert text in plain(page), text
    assert '<tr><th scope="row">|m|</th><td>-2.2</td><td>1.8</td><td>agrees</td></tr>' in page
    assert '<tr><th scope="row">energy per site</th><td>12.5</td><td>3</td><td>differs</td></tr>' in page
    assert '<tr><th scope="row">mixture of 32 components</th><td>2.300&nbsp;±&nbsp;0.010</td></tr>' in page


def test_what_the_network_found_is_told_in_words(page):
    assert "this audit are consistent. The network saturates at 1 of 3 temperatures: more than 2.4 nats" in page
    assert "pairs of sites explain 62 % (shuffled: 0 %)" in page
    assert "at least 0.111 ± 0.015 nats of correlation are left" in page


def test_systems_stand_in_their_order(page):
    assert re.findall(r'<h2 id="(\w+)">', page) == ["ising", "retina"]


def test_words_from_files_are_escaped(page):
    assert "stays: 9.9 &lt; 10 &amp; &lt;not&gt; comparable" in page
    assert "<not>" not in page


def test_the_page_stands_alone(page):
    tags = Tags(page)
    assert tags.open == []
    assert not {tag for tag, _ in tags.found} & {"script", "link", "iframe", "object"}
    sources = [attributes["src"] for _, attributes in tags.found if "src" in attributes]
    assert len(sources) == 7 and all(source.startswith("data:image/") for source in sources)
    assert all(a["href"].startswith("https://arxiv.org/") for _, a in tags.found if "href" in a)
    assert "url(" not in page and "@import" not in page
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in tags.found


def test_figures_are_whole_and_described(page, reports):
    images = [attributes for tag, attributes in Tags(page).found if tag == "img"]
    content = [base64.b64decode(image["src"].split(",", 1)[1]) for image in images]
    ising = [f"ising/{name}.svg" for name in ("observables", "nats", "posterior", "residuals")]
    files = [
        reports / "figures" / name for name in (*ising, *(f"retina/{n}.svg" for n in ("words", "ladder", "residuals")))
    ]
    files = [path if path.stat().st_size <= LARGEST_SVG else path.with_suffix(".png") for path in files]
    assert content == [path.read_bytes() for path in files]
    assert images[0]["alt"].startswith("Ising model. Order parameter, susceptibility")
    assert images[4]["alt"].startswith("Salamander retina. Probability of K active cells")


def test_a_large_svg_gives_way_to_its_png(tmp_path):
    for name in ("a.svg", "a.png", "b.svg", "b.png", "c.svg", "d.png", "notes.txt"):
        (tmp_path / name).write_bytes(b" " * (LARGEST_SVG + 1 if name in ("b.svg", "c.svg") else 1))
    assert {path.name for path in chosen(tmp_path)} == {"a.svg", "b.png", "c.svg", "d.png"}


def test_a_surrogate_has_its_banner_at_the_top_and_in_its_section(page):
    top, ising, retina = re.split(r"<h2 id=", page)
    assert 'class="mark">SURROGATE RECORDING: Salamander retina' in top
    assert "(SURROGATE)" in top
    assert "SURROGATE" not in ising
    assert 'class="mark">SURROGATE RECORDING' in retina


def test_the_panel_of_all_systems_comes_first(reports, tmp_path):
    """Only the panel: the overview is for elsewhere."""
    record, tables = sampled()
    panel.draw({"ising": record}, {"ising": tables}, tmp_path / "overview")
    (tmp_path / "overview" / "overview.png").write_bytes(b"")
    write_page(tmp_path, tmp_path / "theory", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == 1 and 'alt="All systems. From left to right' in page


def test_no_banner_on_real_data(tmp_path):
    recorded()[0].write(tmp_path / "metrics" / "retina.json")
    write_page(tmp_path, tmp_path / "theory", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "SURROGATE" not in page and "<img" not in page and "not registered" in page


def test_same_input_same_bytes(page, reports):
    write_page(reports, reports.parent / "theory", reports / "again.html")
    assert (reports / "again.html").read_text(encoding="utf-8") == page
