"""`fetch LIST` from a fake PMC: by file name, label and caption, with every fault, resumed, and never a wrong byte."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.fakepmc import Bucket, Fault, article_xml, jpeg, serve
from tests.pipeline.runs import rocov2

CAPTIONS = [
    "Axial CT of the chest shows a nodule in the left lobe.",
    "Sagittal MRI of the knee.",
    "Plain film of a hand.",
]


def figures_xml(pmcid, figures):
    """An article with (label, caption, href) figures."""
    body = "".join(
        f'<fig id="f{n}"><label>{label}</label><caption><p>{caption}</p></caption><graphic xlink:href="{href}"/></fig>'
        for n, (label, caption, href) in enumerate(figures, 1)
    )
    whole = article_xml(pmcid).decode()
    return whole.replace("</sec></body>", f"{body}</sec></body>").encode()


@pytest.fixture
def bucket(tmp_path):
    """Two articles of three figures; PMC2 has a second version without its second image."""
    made = Bucket(tmp_path / "bucket")
    for number in (1, 2):
        media = {f"x-{n}.jpg": jpeg(10 * number + n) for n in (1, 2, 3)}
        rows = [(f"Figure {n}", caption, f"x-{n}") for n, caption in enumerate(CAPTIONS, 1)]
        made.add_article(f"PMC{number}", media=media, xml=figures_xml(f"PMC{number}", rows))
    made.add_article("PMC2", 2, media={"x-1.jpg": jpeg(21)})
    return made


def write(path, header, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def fetch(tmp_path, server, *words, code=0):
    out = tmp_path / "out"
    said = rocov2("fetch", *words, "--out", out, "--source", server.url, "--json", code=code)
    return json.loads(said), report(out)


def report(out):
    with (out / "fetch_report.csv").open(newline="") as file:
        return {row["item_id"]: row for row in csv.DictReader(file)}


def images(tmp_path):
    """Name -> bytes of all images that were kept."""
    out = tmp_path / "out"
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file() and path.suffix != ".csv"}


def test_a_dead_link_of_roco_leads_to_the_image_by_its_stem(bucket, tmp_path):
    lines = tmp_path / "dlinks.txt"
    lines.write_text(
        "ROCO_7\twget -r ftp://ftp.example.org/pub/pmc/oa_package/8d/34/PMC1.tar.gz -P /path/to/Dir\tx-2.jpg\n"
    )
    with serve(bucket.root) as server:
        counts, rows = fetch(tmp_path, server, lines)
    assert counts == {"fetched": 1}
    assert images(tmp_path) == {"ROCO_7.jpg": jpeg(12)}
    assert rows["ROCO_7"]["license_code"] == "CC BY"


def test_the_licence_list_of_roco_names_article_and_file_in_one_column(bucket, tmp_path):
    lines = write(tmp_path / "licences.txt", ["ROCO_ID", "PMC_ID", "CC"], ["ROCO_1", "PMC2_x-2.JPG", "CC BY"])
    with serve(bucket.root) as server:
        _, rows = fetch(tmp_path, server, lines)
    assert rows["ROCO_1"]["source_key"] == "PMC2.1/x-2.jpg", "the newer version lacks the file: the older one has it"
    assert images(tmp_path) == {"ROCO_1.jpg": jpeg(22)}


@pytest.mark.parametrize("label", ["Figure 2", "Fig. 2", "FIG 2.", "2", "figure 2:"])
def test_a_label_is_found_however_it_is_written(bucket, tmp_path, label):
    lines = write(tmp_path / "list.csv", ["pmcid", "figure_label"], ["1", label])
    with serve(bucket.root) as server:
        fetch(tmp_path, server, lines)
    assert list(images(tmp_path).values()) == [jpeg(12)]


def test_what_names_no_figure_of_its_article_says_what_there_was(bucket, tmp_path):
    lines = write(tmp_path / "list.csv", ["id", "pmcid", "figure"], ["a", "PMC1", "Figure 9"], ["b", "PMC1", ""])
    with serve(bucket.root) as server:
        _, rows = fetch(tmp_path, server, lines, code=5)
    assert rows["a"]["detail"] == "PMC1.1 has 3 figures, none labelled 'Figure 9'"
    assert rows["b"]["detail"] == "PMC1.1 has 3 figures; the list says neither file nor label nor caption"


def test_parquet_and_named_columns_do_as_well(bucket, tmp_path):
    pq.write_table(pa.table({"a": ["PMC1.1"], "b": ["x-3.png"], "n": ["k"], "z": [[1]]}), tmp_path / "list.parquet")
    words = (tmp_path / "list.parquet", "--pmcid-column", "a", "--file-column", "b", "--id-column", "n")
    with serve(bucket.root) as server:
        fetch(tmp_path, server, *words)
    assert images(tmp_path) == {"k.jpg": jpeg(13)}


def test_the_published_licence_list_is_matched_by_captions_and_doubt_is_reported(bucket, tmp_path):
    twins = [("Figure 1", "The same words.", "y-1"), ("Figure 2", "The same words.", "y-2")]
    bucket.add_article("PMC3", media={"y-1.jpg": jpeg(1), "y-2.jpg": jpeg(2)}, xml=figures_xml("PMC3", twins))
    header = ["ID", "PMCID", "Attribution", "Link"]
    lines = write(tmp_path / "l.csv", header, *([f"i{n}", f"PMC{p}", "", ""] for n, p in enumerate([1, 1, 1, 3])))
    said = [
        ["i0", " Axial CT of the chest shows a nodule in the left lobe"],
        ["i1", "Sagittal MRI of the knee of a"],
        ["i2", "An unrelated picture of a bird in a tree"],
        ["i3", "The same words."],
    ]
    captions = write(tmp_path / "c.csv", ["ID", "Caption"], *said)
    with serve(bucket.root) as server:
        counts, rows = fetch(tmp_path, server, lines, "--captions", captions, code=5)
    assert counts == {"fetched": 1, "failed": 3}
    assert rows["i0"]["matched_by"] == "caption"
    assert [rows[f"i{n}"]["cause"] for n in (1, 2, 3)] == ["no_such_caption", "no_such_caption", "ambiguous"]
    assert images(tmp_path) == {"i0.jpg": jpeg(11)}


def test_captions_are_checked_against_the_article_when_asked(bucket, tmp_path):
    header = ["id", "pmcid", "file", "caption"]
    lines = write(
        tmp_path / "l.csv", header, ["a", "PMC1", "x-1.jpg", CAPTIONS[0]], ["b", "PMC1", "x-2.jpg", "No such"]
    )
    with serve(bucket.root) as server:
        _, rows = fetch(tmp_path, server, lines, "--check-captions")
    assert rows["a"]["caption_check"] == "1.00"
    assert float(rows["b"]["caption_check"]) < 0.5


def test_what_is_gone_says_so_and_is_not_asked_for_again_unless_told(bucket, tmp_path):
    bucket.delete("PMC1.1/x-3.jpg")
    header = ["id", "pmcid", "file"]
    rows = [["a", "PMC1", "x-1.jpg"], ["b", "PMC1", "z.jpg"], ["c", "PMC9", "x.jpg"], ["d", "PMC1", "x-3.jpg"]]
    lines = write(tmp_path / "l.csv", header, *rows, ["e", "no", "x.jpg"])
    with serve(bucket.root) as server:
        counts, found = fetch(tmp_path, server, lines, code=5)
        assert counts == {"fetched": 1, "gone": 3, "failed": 1}
        assert [found[name]["cause"] for name in "bcde"] == ["no_such_file", "no_article", "missing", "no_pmcid"]
        asked = len(server.log)
        assert fetch(tmp_path, server, lines, code=5)[0] == {"already there": 1, "gone": 3, "failed": 1}
        assert len(server.log) == asked
        bucket.put("PMC1.1/x-3.jpg", jpeg(13))
        assert fetch(tmp_path, server, lines, "--again", code=5)[0] == {
            "already there": 1,
            "fetched": 1,
            "gone": 2,
            "failed": 1,
        }


def test_faults_leave_no_bad_file_and_the_second_run_repairs_the_rest_alone(bucket, tmp_path):
    lines = write(tmp_path / "l.csv", ["id", "pmcid", "file"], *([f"i{n}", "PMC1", f"x-{n}.jpg"] for n in (1, 2, 3)))
    kinds = [Fault("error_body", match="x-1"), Fault("truncate", match="x-2")]
    with serve(bucket.root, kinds) as server:
        counts, rows = fetch(tmp_path, server, lines, code=5)
    assert counts == {"fetched": 1, "failed": 2}
    assert {rows["i1"]["cause"], rows["i2"]["cause"]} == {"unavailable"}
    assert images(tmp_path) == {"i3.jpg": jpeg(13)}
    with serve(bucket.root) as server:
        assert fetch(tmp_path, server, lines)[0] == {"already there": 1, "fetched": 2}
        assert "/PMC1.1/x-3.jpg" not in {path for _, path, _ in server.log}
    assert images(tmp_path) == {f"i{n}.jpg": jpeg(10 + n) for n in (1, 2, 3)}


def test_a_file_that_was_damaged_on_disk_is_fetched_again(bucket, tmp_path):
    lines = write(tmp_path / "l.csv", ["id", "pmcid", "file"], ["a", "PMC1", "x-1.jpg"])
    with serve(bucket.root) as server:
        fetch(tmp_path, server, lines)
        (tmp_path / "out" / "a.jpg").write_bytes(b"rot")
        assert fetch(tmp_path, server, lines)[0] == {"fetched": 1}
    assert images(tmp_path) == {"a.jpg": jpeg(11)}


def test_hostile_ids_become_plain_names_and_formulas_become_text(bucket, tmp_path):
    ids = ["../../evil", "/etc/passwd", "=cmd()", "a b", "a/b", "\x1b[31m"]
    lines = write(tmp_path / "l.csv", ["id", "pmcid", "file"], *([name, "PMC1", "x-1.jpg"] for name in ids))
    with serve(bucket.root) as server:
        counts, rows = fetch(tmp_path, server, lines)
    assert counts == {"fetched": 6}
    assert set(images(tmp_path)) == {"evil.jpg", "etc_passwd.jpg", "cmd.jpg", "a_b.jpg", "a_b~2.jpg", "31m.jpg"}
    assert "'=cmd()" in rows
    assert "\x1b" not in (tmp_path / "out" / "fetch_report.csv").read_text()


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("a,b\n1,2\n", (), "no column of PMCIDs"),
        ("pmcid\nPMC1\n", (), "neither files nor labels"),
        ("pmcid,file\n", (), "hold no row"),
        ("pmcid,file\nPMC1,x.jpg\n", ("--file-column", "z"), "no column 'z'"),
        ("PMC\xff", (), "UTF-8"),
    ],
    ids=["no pmcid", "nothing to find", "empty", "no such column", "bytes"],
)
def test_a_list_that_says_nothing_is_a_usage_error(tmp_path, content, words, said):
    (tmp_path / "l.csv").write_bytes(content.encode("latin-1"))
    err = rocov2("fetch", tmp_path / "l.csv", *words, "--out", tmp_path / "out", "--source", "sample", code=2)
    assert said in err
    assert not (tmp_path / "out").exists()


def test_two_runs_into_one_folder_do_not_meet(bucket, tmp_path):
    from rocov2.downloads.journal import locked

    lines = write(tmp_path / "l.csv", ["pmcid", "file"], ["PMC1", "x-1.jpg"])
    with locked(tmp_path / "out"):
        err = rocov2("fetch", lines, "--out", tmp_path / "out", "--source", bucket.root, code=5)
    assert "another process" in err
