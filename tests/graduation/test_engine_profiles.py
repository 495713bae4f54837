"""profiles.csv, worked by hand. Credits: M4, M8, M9 ten each, the others five; totals are marks by credits.

uplift exactly at the margin: 30×60 + 30×58 = 3540 ÷ 60 = 59.0; 30 credits at 60.  Just outside: 3535, 58.92.
uplift from 69.9: 4195, 69.92.  With M9 below: 4190, 69.83.  25 of 60 credits: 5×74 + 20×72 + 35×68 = 4190.
25 of 45: 25×70 + 20×69 = 3130 ÷ 45 = 69.56, and 25 ≥ 22.5.  20 of 45: 3125, 69.44, and 20 < 22.5.
no uplift after compensation: 55×61 + 5×45 = 3580, 59.67.  After misconduct: 55×70 + 5×60 = 4150, 69.17.
M9 recognised: 35×70 + 15×69 = 3485 ÷ 50 = 69.7.
compensated at the second board: 55×60 + 5×45 = 3525, 58.75.
component fail cleared: 50×66 + 10×50 = 3800, 63.33; not cleared: 50×66 + 10×48 = 3780.
misconduct zero cleared: 50×75 + 10×50 = 4250, 70.83; not cleared: 55×75 + 5×49 = 4370, 72.83.
twenty credits resat: 40×85 + 20×50 = 4400, 73.33.  Fifteen: 45×80 + 15×50 = 4350.
exactly 30 failed: 30×65 + 30×20 = 2550.  35 failed and all resat: 25×65 + 35×50 = 3375, 56.25.
two referred, one resat: 45×70 + 10×50 + 5×39 = 3845, 64.08; the other compensated: 3150 + 500 + 225 = 3875, 64.58.
a compensable module resat: 55×76 + 5×50 = 4430, 73.83.  One core module: 45×70 + 10×49 + 5×45 = 3865, 64.42.
exactly 15 compensated: 45×60 + 15×45 = 3375.  Mean of exactly 50: 15×44 + 45×52 = 3000; M1 at 43: 2995, 49.92.
the boundary itself: 5×45 + 25×63 + 30×60 = 3600; the compensation would bar an uplift, but none is needed.
"""

from pathlib import Path

import pytest

from courses.regulations import regulations
from graduation.awards.engine import decide
from graduation.awards.profile_table import Row, compare, read

RULES = regulations("2026")
ROWS = read(Path(__file__).with_name("profiles.csv"), RULES).rows


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_rules_give_what_was_worked_by_hand(row: Row) -> None:
    assert row.expected.keys() == {"outcome", "mean", "refer", "compensated"}
    assert compare(row, decide(row.profile, RULES)) == []
