"""Every rule of the checks: its code, its name and what to do about it."""

from __future__ import annotations

from convcalc.checks.findings import Rule
from convcalc.checks.layer_rules import LAYER_RULES

UNREADABLE = Rule(
    "CC001",
    "unreadable",
    "the file cannot be read",
    "The file is not there, may not be read, or is no file. Nothing is known about the network, "
    "so the check fails with exit code 2.",
)
INVALID = Rule(
    "CC002",
    "invalid",
    "the file describes no network that can exist",
    "The text is no YAML, breaks the language of network files, or describes a layer that "
    "cannot exist: groups that do not divide the channels, a kernel larger than its input. "
    "Every mistake is reported with its place. The check fails with exit code 2.",
)
NO_ROOM = Rule(
    "CC003",
    "not-verified",
    "there was not enough memory to verify the network",
    "--verify runs the network on real arrays, and a layer of it is too large for the memory "
    "that is free. Run audit --verify with a smaller --size or --batch. Exit code 2.",
)
NO_EFFECT = Rule(
    "CC004",
    "no-effect",
    "something in the file has no effect",
    "Nothing reads the output of a layer, and it is not an output of the network: it costs what it "
    "costs and changes nothing. A warning: perhaps another name was meant, or a module was put in "
    "and the rows behind it still read the numbers of before.",
)
HEAD_STRIDES = Rule(
    "CC005",
    "head-strides",
    "the inputs of a head are not each a power of two apart",
    "A detection head reads feature maps of growing (or falling) strides, such as 8, 16, 32, each "
    "a power of two times the one before. Here they are not: after a row was added or removed, "
    "the head probably reads a wrong row. A warning: compare the rows that it reads with the "
    "strides in the message.",
)
HEAD_FILTERS = Rule(
    "CC006",
    "head-filters",
    "the layer before a head has another number of filters than the head needs",
    "A [yolo] section takes (classes + 5) x masks values a position from the layer before it; "
    "[region] and [detection] have formulas of their own, which the message has. After classes or "
    "anchors are changed, filters of the layer before have to follow. A warning: set them to "
    "the number in the message.",
)
STALE_COMMENT = Rule(
    "CC007",
    "stale-comment",
    "a comment has another number of parameters than the file builds",
    "The comment behind a scale says how many parameters the model has, and with its own nc the "
    "file builds another number. The model was changed after the comment was written, or the "
    "comment is of another number of classes. A warning: correct the comment, or find out what "
    "changed.",
)
GUESSED_SCALE = Rule(
    "CC008",
    "guessed-scale",
    "neither the file name nor a flag says which scale is meant",
    "A model with scales is built at one of them: the letter in its file name (yolov8s.yaml), the "
    "one that --scale names, else the first one in the file, as Ultralytics does. A warning: say "
    "--scale, or name the file after its scale, if another one is meant.",
)
BUDGET = Rule(
    "CC101",
    "over-budget",
    "a total is more than it may be",
    "A total of the report is above its budget. Budgets stand in the network file (budget: "
    "{params: 2M, peak_activation: 512KiB}), in flags (--max-params 2M) or in convcalc.toml. "
    "Make the network smaller, or raise the budget where it stands.",
)
EXPECTED_TOTAL = Rule(
    "CC201",
    "not-as-expected",
    "a total or the output shape is not what the file expects",
    "expect: in a network file says what a total is exactly. It differs: either the change was "
    "not meant, or expect: is to be brought up to date.",
)
EXPECTED_SHAPE = Rule(
    "CC202",
    "shape-not-as-expected",
    "a layer's output shape is not what the file expects",
    "expect: {shapes: {stem: [64, 112, 112]}} in a network file says what comes out of a layer. "
    "It differs: look for a stride, a padding or a size that has changed before it.",
)
NOT_KNOWN = Rule(
    "CC203",
    "not-known",
    "a figure of a layer is not known",
    "The network has an operation without a rule (opaque), and its params or MACs are not given: "
    "totals with it are lower bounds. A budget or an expectation on such a total cannot be "
    "checked, and with --strict nothing may be unknown. Write the params and MACs of the layer.",
)
NOT_PROVEN = Rule(
    "CC301",
    "not-as-predicted",
    "running the network does not give what was computed",
    "With --verify the network is run on real arrays, and something differs from what the "
    "formulas say. That is a fault of convcalc itself: please report it.",
)
GROWN = Rule(
    "CC401",
    "grown",
    "a total has grown beyond what is allowed since the snapshot",
    "The network is compared with what it was when the snapshot was taken (check --against). A "
    "total has grown by more than --allow lets it. Make it smaller, allow more, or take a new "
    "snapshot with --update.",
)
ADDED = Rule(
    "CC402",
    "added",
    "the network is not in the snapshot",
    "There is nothing to compare it with. --update puts it into the snapshot. A warning.",
)
REMOVED = Rule(
    "CC403",
    "removed",
    "a network of the snapshot is no longer there",
    "The snapshot has a network that was not found among the files to check. --update takes it "
    "out. A warning.",
)

RULES = tuple(
    sorted(
        [
            *(UNREADABLE, INVALID, NO_ROOM, NO_EFFECT, HEAD_STRIDES, HEAD_FILTERS, STALE_COMMENT),
            *(GUESSED_SCALE, BUDGET, EXPECTED_TOTAL, EXPECTED_SHAPE),
            *(NOT_KNOWN, NOT_PROVEN, GROWN, ADDED, REMOVED),
            *[each.rule for each in LAYER_RULES],
        ]
    )
)
"""Every rule, in the order of the codes."""
