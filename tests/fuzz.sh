#!/bin/sh
# Feeds every parser of what comes from outside with rubbish, for STEWARD_FUZZ seconds each (20 unless said otherwise), beginning with
# its small corpus of invented files. Needs cargo-fuzz; without it this is said, and is no failure.
set -u
cd "$(dirname "$0")/.."
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "skipped: cargo-fuzz is not installed (cargo install cargo-fuzz), so the parsers are fed by tests/it/rubbish.rs alone"
    exit 0
fi
seconds=${STEWARD_FUZZ:-20}
# The compiler in use takes the switches that fuzzing needs when it is told so; no other one has to be there.
export RUSTC_BOOTSTRAP=1
failed=0
for target in $(sed -n 's|^path = "targets/\(.*\)\.rs"$|\1|p' fuzz/Cargo.toml); do
    mkdir -p "var/fuzz/$target"
    echo "fuzz $target: $seconds s"
    # New inputs go to the first folder; the corpus in the second stays as it is.
    if ! cargo fuzz run --fuzz-dir fuzz "$target" "var/fuzz/$target" "tests/corpus/$target" -- \
        "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0; then
        echo "fuzz $target: broken; what broke it is in fuzz/artifacts/$target" >&2
        failed=1
    fi
done
exit "$failed"
