from compressible.reports.autoencoding import AutoencodingResult, LevelCodes, Scores
from compressible.reports.autoencoding_table import Entry, autoencoding_table
from compressible.reports.environment import Dataset, Environment

ENVIRONMENT = Environment("train", None, "2026-01-01", "cpu", 2, "Linux", {})
PAIR = LevelCodes(
    alphabet=(4, 4),
    places=64,
    entropy=(1.5, 2.0),
    perplexity=(2.8, 4.0),
    usage=(0.75, 1.0),
    cross_entropy=(1.6, 2.0),
    mutual_information=((1.5, 0.3), (0.3, 2.0)),
    corrected=((1.5, 0.25), (0.25, 2.0)),
    shuffled=((0.0, 0.05), (0.05, 0.0)),
    swapped=None,
)
ALONE = LevelCodes((16,), 64, (3.5,), (11.3,), (0.9,), (3.6,), ((3.5,),), ((3.5,),), ((0.0,),), None)


def result(decoder_bits: float | None, level: LevelCodes) -> AutoencodingResult:
    data = Dataset("cifar", "a" * 64, 1, ())
    scores = Scores(decoder_bits, 0.004, 0.08)
    measured = (0.083, 0.075, 20, 0.07, 0.071)
    return AutoencodingResult("s", ENVIRONMENT, "0" * 16, 1_870_000, data, 10, 3072, scores, *measured, (level,))


def cells(table: str, label: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {label} |")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def test_means_and_deviations_over_three_seeds() -> None:
    entries = [Entry("dq", seed, 1500, result(bits, PAIR)) for seed, bits in enumerate((3.0, 3.1, 3.2))]
    own = cells(autoencoding_table(entries), "depthwise (DQ)")
    assert own[1:5] == ["1.87", "1500", "3", "3.1000 ± 0.1000"]
    assert own[7] == "3.1750 ± 0.1000", "decoder and codes together"
    assert own[10:] == [f"{value} ± 0.0000" for value in ("1.7500", "3.4000", "75.0000", "0.2500")]


def test_what_there_is_not_is_no_number() -> None:
    table = autoencoding_table([Entry("vq", 0, 1500, result(None, ALONE)), Entry("dq", 0, 1500, result(3.0, PAIR))])
    own = cells(table, "VQ, one codebook")
    assert own[4] == own[7] == own[13] == "n/a"
    assert table.index("depthwise") < table.index("VQ, one"), "rows have their order"
