# Checks networks, and compares them with a revision if there is one.
#
# Inputs come by the environment: what is in them is never read as a script. What is checked out
# may be anyone's, and nothing of it is run: -I keeps its folder and PYTHONPATH off Python's path.
#
# CONVCALC_PATHS, CONVCALC_FLAGS, CONVCALC_AGAINST: the inputs of the action.
# CONVCALC_REPORTS: a folder for check.md and diff.md, from which comment.sh makes a comment.
set -eo pipefail # not -u: for Bash 3 an empty array is unset

MOST_BYTES=1000000 # of a step's summary, which GitHub refuses from a MiB on

convcalc() {
  python -I -m convcalc_cli "$@"
}

# Text as the message of a workflow command.
escaped() {
  local text=$1
  text=${text//'%'/'%25'}
  text=${text//$'\r'/'%0D'}
  printf '%s' "${text//$'\n'/'%0A'}"
}

read -r -d '' -a paths <<<"$CONVCALC_PATHS" || true
read -r -d '' -a flags <<<"$CONVCALC_FLAGS" || true
for flag in "${flags[@]}"; do
  case "$flag" in
    -h* | --help)
      echo "::error::the flag $flag would show the help, and check nothing"
      exit 2
      ;;
  esac
done

mkdir -p "$CONVCALC_REPORTS"
rm -f "$CONVCALC_REPORTS"/*.md

code=0
convcalc check "${flags[@]}" --format github -- "${paths[@]}" || code=$?
if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
  # The same once more as a table; what goes wrong was said above.
  convcalc check "${flags[@]}" --format markdown -- "${paths[@]}" \
    >"$CONVCALC_REPORTS/check.md" 2>/dev/null || true
fi

if [[ -n $CONVCALC_AGAINST ]]; then
  compared=0
  convcalc diff --format markdown -- "$CONVCALC_AGAINST" "${paths[@]}" \
    >"$CONVCALC_REPORTS/diff.md" 2>"$CONVCALC_REPORTS/messages.txt" || compared=$?
  messages=$(<"$CONVCALC_REPORTS/messages.txt")
  if [[ -s $CONVCALC_REPORTS/diff.md ]]; then
    echo "$messages" >&2
  else
    echo "::error::$(escaped "$messages")"
  fi
  if ((code == 0)); then code=$compared; fi
fi

if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
  for report in check diff; do
    file=$CONVCALC_REPORTS/$report.md
    if [[ ! -s $file ]]; then continue; fi
    if (($(wc -c <"$file") > MOST_BYTES)); then
      echo "The report of convcalc $report is too long for a summary."
    else
      cat "$file"
    fi
    echo
  done >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
