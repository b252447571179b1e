from pathlib import Path

from main import read_closes, recovery


def test_a_fall_and_its_recovery():
    closes = [("2001-01", 100.0), ("2001-02", 50.0), ("2001-03", 80.0), ("2001-04", 101.0)]
    assert recovery(closes) == {"peak": "2001-01", "bottom": "2001-02", "recovered": "2001-04", "drawdown": -0.5, "months": 2}


def test_a_fall_that_has_not_ended():
    assert recovery([("2001-01", 100.0), ("2001-02", 90.0)])["months"] is None


def test_closes_are_read(tmp_path: Path):
    file = tmp_path / "closes.csv"
    file.write_text("month,adj_close\n2001-01,100.5\n")
    assert read_closes(file) == [("2001-01", 100.5)]
