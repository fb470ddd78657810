import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.jats.mentions import sentences
from tests.jats.articles import article, cite, fig, one, rows


def mentions(paragraphs):
    return one(article(paragraphs + fig())).mentions


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The lesion grew. It was resected.", 2),
        ("As Fig. 2 and Figs. 3 and 4 show, it grew.", 1),
        ("Smith et al. (2010) and Jones et al. 2011 agree.", 1),
        ("Contrast media, e.g. Iohexol, i.e. 300 mg vs. 350 mg, approx. 5 ml by Dr. Who.", 1),
        ("J. Smith read the scan. The scan was normal.", 2),
        ("Patients were in group A. The others were in group B.", 2),
        ("It took 26 ms. Scans were read twice.", 2),
        ("It was seen (Fig. 1). Later it was gone.", 2),
        ("Is it benign? Yes! We think so.", 3),
        ("The volume was 2.5 ml in E. coli.", 1),
        ("He said “it hurts.” The scan was normal.", 2),
        ("See no. 5 and ref. 7, pp. 3-4.", 1),
        ("A nodule etc. The rest was normal.", 2),
        ("It grew in 2010. 20 patients died.", 2),
        ("", 0),
    ],
)
def test_running_text_is_split_where_its_sentences_end(text, count):
    assert len(sentences(text)) == count


@given(st.text())
def test_sentences_keep_every_word(text):
    assert " ".join(sentences(text)).split() == text.split()


def test_a_mention_is_the_sentence_that_cites_and_not_its_neighbours():
    text = f"<p>He was well. A CT scan (<bold>{cite()}</bold>) showed a mass. It was resected.</p>"
    assert mentions(text) == ("A CT scan (Fig. 1) showed a mass.",)


def test_a_sentence_that_starts_with_the_reference_is_the_one():
    assert mentions(f"<p>He was well.{cite(text=' Figure 1')} shows the mass. Then he left.</p>") == (
        "Figure 1 shows the mass.",
    )


def test_mentions_come_from_abstract_body_and_back_in_order_and_once():
    xml = article(
        f"<p>Second ({cite()}). Second ({cite()}).</p>{fig()}",
        front=f"<abstract><p>First ({cite()}).</p></abstract>",
        back=f"<ack><p>Third ({cite()}).</p></ack>",
    )
    assert one(xml).mentions == ("First (Fig. 1).", "Second (Fig. 1).", "Third (Fig. 1).")


def test_captions_headings_and_table_cells_are_no_mentions():
    table = f"<table-wrap><table><tr><td>{cite()}</td></tr></table></table-wrap>"
    other = fig(id="F2", caption=f"As in {cite()}.", graphic='<graphic xlink:href="f2"/>')
    first, _ = rows(article(f"<sec><title>See {cite()}</title>{table}{fig()}{other}</sec>"))
    assert first.mentions == ()


def test_one_reference_may_name_several_figures_and_a_range_names_those_between():
    figures = "".join(fig(id=f"F{n}", graphic=f'<graphic xlink:href="f{n}"/>') for n in (1, 2, 3))
    both = rows(article(f"<p>Both ({cite('F1 F3', 'Figs. 1 and 3')}).</p>{figures}"))
    assert [len(row.mentions) for row in both] == [1, 0, 1]
    through = rows(article(f"<p>All ({cite('F1', 'Figs. 1')}–{cite('F3', '3')}).</p>{figures}"))
    assert [row.mentions for row in through] == [("All (Figs. 1–3).",)] * 3
    apart = rows(article(f"<p>Two ({cite('F1', 'Figs. 1')}, {cite('F3', '3')}).</p>{figures}"))
    assert [len(row.mentions) for row in apart] == [1, 0, 1]


def test_a_nested_reference_is_read_like_any_other():
    inner = f'<xref ref-type="fig" rid="F1"><xref ref-type="fig" rid="F1">Fig. 1</xref></xref>'  # noqa: F541
    assert mentions(f"<p>It is in {inner}. Then it ends.</p>") == ("It is in Fig. 1.",)


def test_a_paragraph_in_a_list_is_a_paragraph_of_its_own():
    item = f"<list><list-item><p>Inner ({cite()}).</p></list-item></list>"
    assert mentions(f"<p>Outer ({cite()}). {item} Rest.</p>") == ("Outer (Fig. 1).", "Inner (Fig. 1).")


def test_a_figure_inside_the_citing_paragraph_leaves_no_text_in_the_mention():
    (row,) = rows(article(f"<p>It is shown ({cite()}). {fig()} The end.</p>"))
    assert row.mentions == ("It is shown (Fig. 1).",)


def test_marks_in_the_text_itself_do_no_harm():
    assert mentions(f"<p>Odd \ufdd0 and \ufdd1 marks ({cite()}).</p>") == ()
