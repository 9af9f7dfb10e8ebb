# Keeps one comment on a pull request up to date: the one that begins with the marker.
#
# The token is in the environment alone, as GH_TOKEN, where gh finds it. Nothing fails here: a pull
# request from a fork has a token that may not comment.
#
# CONVCALC_REPORTS: the folder with check.md and diff.md.
set -eo pipefail # not -u: for Bash 3 an empty array is unset

MARKER='<!-- convcalc -->'
LONGEST=65536 # characters that GitHub takes; bytes are counted here, which are no fewer

# What could not be done, in a notice if it is for lack of a permission.
unable() {
  local level=warning reason
  reason=$(tail -n 1 "$CONVCALC_REPORTS/gh.txt")
  if [[ $reason == *"HTTP 403"* || $reason == *"HTTP 404"* ]]; then level=notice; fi
  reason=${reason//'%'/'%25'}
  echo "::$level::convcalc cannot comment on the pull request: ${reason//$'\r'/}; the job needs" \
    "the permission pull-requests: write, which pull requests from forks do not have"
  exit 0
}

number=${GITHUB_REF#refs/pull/}
number=${number%%/*}
if [[ $GITHUB_REF != refs/pull/* || ! $number =~ ^[0-9]+$ ]]; then
  echo "::notice::convcalc comments on pull requests only, in workflows on: pull_request"
  exit 0
fi

body=$CONVCALC_REPORTS/comment.md
echo "$MARKER" >"$body"
for report in diff check; do # what changed first: what does not fit is left out
  file=$CONVCALC_REPORTS/$report.md
  if [[ ! -s $file ]]; then continue; fi
  if (($(wc -c <"$body") + $(wc -c <"$file") + 200 > LONGEST)); then
    printf '\nThe report of convcalc %s is too long for a comment: see the summary of the job.\n' \
      "$report" >>"$body"
  else
    { echo && cat "$file"; } >>"$body"
  fi
done

if (($(wc -l <"$body") == 1)); then
  printf '\nconvcalc made no report: see the log of the job.\n' >>"$body"
fi

# Only the action's own comment is renewed: anyone may write one with the marker.
mine='.[] | select(.user.login == "github-actions[bot]")'
mine+=" | select(.body | startswith(\"$MARKER\")) | .id"
comments=repos/$GITHUB_REPOSITORY/issues/$number/comments
found=$(gh api --paginate "$comments?per_page=100" --jq "$mine" 2>"$CONVCALC_REPORTS/gh.txt") || unable
first=${found%%$'\n'*}
if [[ -n $first ]]; then
  where=(--method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$first")
else
  where=(--method POST "$comments")
fi
gh api --silent "${where[@]}" -F "body=@$body" 2>"$CONVCALC_REPORTS/gh.txt" || unable
