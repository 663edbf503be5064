"""Load conversations into DuckDB, as a program that a test can kill."""

import sys

import dlt

from ip1_async.dlt import source


def main() -> None:
    """Read from the simulator at the first argument into the folder of the second."""
    url, folder, *participants = sys.argv[1:]
    pipeline = dlt.pipeline(
        "account",
        destination=dlt.destinations.duckdb(f"{folder}/account.duckdb"),
        dataset_name="sms",
        pipelines_dir=folder,
    )
    pipeline.run(source(participants, v2_url=url, rate_limit=1000.0))


main()
