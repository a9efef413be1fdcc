"""Keep a sample of the mutants of a cosmic-ray session: so many places of the code, and one mutant of each.

    python tests/mutation/sample.py SESSION [--places 300] [--seed 0] [--part 1/2]

There are eleven mutants of each "+", and two of each number: places are drawn, not mutants, so that a sample is not mostly
operators. Annotations are left out, because nothing runs them. With --part 1/2, the first half of the sample is kept, for
two sessions in two checkouts at the same time.
"""

import argparse
import ast
import random
import sqlite3
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("session")
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", metavar="K/N")
    given = parser.parse_args()
    first, parts = map(int, given.part.split("/"))
    with sqlite3.connect(given.session) as database:
        columns = "job_id, module_path, start_pos_row, start_pos_col, end_pos_row, end_pos_col, operator_name, occurrence"
        mutants = database.execute(f"SELECT {columns} FROM mutation_specs").fetchall()
        places = by_place(mutants)
        drawn = random.Random(given.seed)
        chosen = drawn.sample(sorted(places), min(given.places, len(places)))
        kept = {drawn.choice(places[place]) for place in chosen}
        part = sorted(kept)[first - 1 :: parts]
        jobs = {mutant[-1] for mutant in part}
        others = [(mutant[0],) for mutant in mutants if mutant[0] not in jobs]
        for table in ("mutation_specs", "work_results", "work_items"):
            database.executemany(f"DELETE FROM {table} WHERE job_id = ?", others)
    print(f"{len(mutants):,} mutants at {len(places):,} places; {len(kept)} are sampled, {len(part)} kept here")
    for package, count in sorted(Counter(Path(mutant[0]).parts[1] for mutant in part).items()):
        print(f"{count:5} {package}")


def by_place(mutants):
    """The mutants of each place that is run: (file, row, column, what is mutated) to lists of (file, row, …, job)."""
    places = defaultdict(list)
    for job, path, row, column, end_row, end_column, operator, occurrence in sorted(mutants, key=lambda mutant: mutant[1:]):
        if not any(start <= (row, column) and (end_row, end_column) <= end for start, end in annotations(path)):
            # ReplaceBinaryOperator_Add_Sub and ReplaceBinaryOperator_Add_Mul mutate the same
            kind = operator.rpartition("_")[0] or operator
            places[path, row, column, kind].append((path, row, column, operator, occurrence, job))
    return places


@cache
def annotations(path):
    """Where the annotations of a file stand, as pairs of (row, column)."""
    found = []
    for node in ast.walk(ast.parse(Path(path).read_text())):
        for name in ("annotation", "returns"):
            each = getattr(node, name, None)
            if each is not None:
                found.append(((each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)))
    return found


if __name__ == "__main__":
    main()
