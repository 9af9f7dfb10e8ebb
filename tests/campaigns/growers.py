"""Parts of network files that grow with a number, for `growing.py`."""

import json
import random
from collections.abc import Callable
from typing import NamedTuple

from convcalc.operations.registry import DECLARATIONS


class Input(NamedTuple):
    """A command, and the files it is about."""

    words: list[str]
    files: dict[str, str]

    @property
    def bytes(self) -> int:
        names = [*self.words, *self.files, *self.files.values()]
        return sum(len(text.encode()) + 1 for text in names)


class Draft:
    """A network file in parts, to which growers add."""

    def __init__(self) -> None:
        self.head: list[str] = []
        self.input = "[3, 16, 16]"
        self.vars = ["width: 1"]
        self.defaults: list[str] = []
        self.blocks = ["e: {layers: []}"]
        self.layers: list[str] = ["relu"]
        self.tail: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(
            [
                *self.head,
                f"input: {self.input}",
                f"vars: {{{', '.join(self.vars)}}}",
                f"defaults: {{{', '.join(self.defaults)}}}",
                "blocks:",
                *[f"  {block}" for block in self.blocks],
                "layers:",
                *[f"  - {layer}" for layer in self.layers],
                *self.tail,
                "",
            ]
        )


Pick = random.Random


Grower = Callable[[Draft, int, Pick], None]


POINT = "conv: 3, kernel_size: 1"


def letters(number: int, pick: Pick) -> str:
    return pick.choice(["a", "ab", "é", "_", "a-", "🙂", "'", "#", " #"]) * number


def rows(draft: Draft, n: int, pick: Pick) -> None:
    plain = ["relu", "batch_norm", "identity", "{pad: 0}", "{add: [[], []]}", f"{{{POINT}}}"]
    draft.layers += [pick.choice(plain)] * n


def named_rows(draft: Draft, n: int, pick: Pick) -> None:
    name = "n" * pick.choice([1, 20, 100])
    draft.layers += [f"{{{POINT}, name: {name}{at}}}" for at in range(n)]


def values_alive(draft: Draft, n: int, pick: Pick) -> None:
    draft.layers += [f"{{{POINT}, from: input, name: v{at}}}" for at in range(n)]
    draft.layers.append(
        f"{{{pick.choice(['concat', 'add'])}: [{', '.join(map('v{}'.format, range(n)))}]}}"
    )


def readers(draft: Draft, n: int, pick: Pick) -> None:
    draft.layers += [f"{{{POINT}, name: far}}", *["{add: [[], far]}"] * n]
    draft.layers += [f"{{relu: , from: {pick.choice(['far', 'input'])}}}"] * n


def repeated(draft: Draft, n: int, pick: Pick) -> None:
    draft.layers.append(f"{{{pick.choice([POINT, 'relu: ', 'add: [[], []]'])}, repeat: {n}}}")


def repeated_twice(draft: Draft, n: int, pick: Pick) -> None:
    side, inner = round(n**0.5), pick.choice(["relu", "{block: e}"])
    draft.blocks.append(f"r: {{layers: [{{relu: , repeat: {side}}}, {inner}]}}")
    draft.layers.append(f"{{block: r, repeat: {side}}}")


def rounds(draft: Draft, n: int, pick: Pick) -> None:
    first = pick.choice(["", ", first: {}"])
    draft.layers.append(f"{{block: {pick.choice(['e', 'nobody'])}, repeat: {n}{first}}}")


def doubling_blocks(draft: Draft, n: int, pick: Pick) -> None:
    last = pick.choice(["", "relu"])
    draft.blocks.append(f"d0: {{layers: [{last}]}}")
    for at in range(1, n):
        one = f"{{block: d{at - 1}}}"
        draft.blocks.append(f"d{at}: {{layers: [{one}, {one}]}}")
    draft.layers.append(f"{{block: d{n - 1}}}")


def deep_blocks(draft: Draft, n: int, _: Pick) -> None:
    draft.blocks.append("p0: {layers: [relu]}")
    draft.blocks += [f"p{at}: {{layers: [{{block: p{at - 1}}}]}}" for at in range(1, n)]
    draft.layers.append(f"{{block: p{n - 1}}}")


def many_blocks(draft: Draft, n: int, pick: Pick) -> None:
    name = "b" * pick.choice([1, 60])
    draft.blocks += [f"{name}{at}: {{layers: [relu]}}" for at in range(n)]
    draft.layers += [
        f"{{block: {name}{pick.randrange(2 * n)}}}" for _ in range(pick.choice([1, n]))
    ]


def growing_channels(draft: Draft, n: int, pick: Pick) -> None:
    wider = ["{concat: [[], []]}", "{upsample: 2}", "{upsample: 3, mode: bilinear}"]
    wider.append("{conv_transpose: 3, kernel_size: 5, stride: 3}")
    draft.layers += [pick.choice(wider)] * n


def sliding(draft: Draft, n: int, pick: Pick) -> None:
    kinds = ["{max_pool: 3, stride: 2, padding: same}", "{conv: 4, kernel_size: 3, padding: same}"]
    draft.input = f"[3, {pick.choice([1, 10**6, 10**15])}, 7]"
    draft.layers += [pick.choice(kinds) for _ in range(n)]


def aliased_argument(draft: Draft, n: int, pick: Pick) -> None:
    side = max(2, round(n ** (1 / 3)))
    item = pick.choice(["1", "$width", "x"])
    draft.head.append(f"x-0: &l0 [{', '.join([item] * side)}]")
    draft.head += [f"x-{at}: &l{at} [{', '.join([f'*l{at - 1}'] * side)}]" for at in (1, 2)]
    draft.blocks.append("q: {args: {x: *l2, y: }, layers: [relu]}")
    draft.layers.append(f"{{block: q, with: {{y: *l{pick.randrange(3)}}}, repeat: {n}}}")


def many_arguments(draft: Draft, n: int, pick: Pick) -> None:
    value = pick.choice(["1", "$width", "$in_channels", "[1, 2]", "word", ""])
    draft.blocks.append(
        f"m: {{args: {{{', '.join(f'a{at}: {value}' for at in range(n))}}}, layers: [relu]}}"
    )
    given = ", ".join(f"a{at}: {at}" for at in range(0, n, pick.choice([1, 2])))
    draft.layers.append(f"{{block: m, with: {{{given}}}, repeat: {pick.choice([1, 100, n])}}}")


def many_variables(draft: Draft, n: int, pick: Pick) -> None:
    name = "w" * pick.choice([1, 60, 200])
    draft.vars += [f"{name}{at}: {at}" for at in range(n)]
    draft.layers.append(f"{{block: e, repeat: {pick.choice([1, n])}}}")
    draft.layers += [f"{{conv: ${name}{at + 1}, kernel_size: 1}}" for at in range(min(n, 100))]


def unknown_variables(draft: Draft, n: int, pick: Pick) -> None:
    name = "w" * pick.choice([1, 60, 200])
    draft.vars += [f"{name}{at}: {at}" for at in range(n)]
    draft.layers += [f"{{conv: ${name}x{at}, kernel_size: 1}}" for at in range(min(n, 200))]


def expression(draft: Draft, n: int, pick: Pick) -> None:
    term = pick.choice(["1", "$width", "9" * 15, "$in_channels", "0.1"])
    sign = pick.choice([" + ", " * ", " - ", " / ", " // ", " % ", ", ", "+-", " ", "**"])
    whole = sign.join([term] * n)
    before, behind = pick.choice([("", ""), ("max(", ")"), ("round(", ")"), ("f(", "")])
    place = pick.choice(
        ["conv: {}, kernel_size: 1", "conv: 3, kernel_size: [1, {}]", "relu: , repeat: {}"]
    )
    draft.layers.append(f"{{{place.format(json.dumps(before + whole + behind))}}}")


def nested_expression(draft: Draft, n: int, pick: Pick) -> None:
    before, behind = pick.choice(
        [("(", ")"), ("max(1, ", ")"), ("-", ""), ("ceil(", ")"), ("(1+", "")]
    )
    draft.layers.append(f'{{conv: "{before * n}$width{behind * n}", kernel_size: 1}}')


def growing_number(draft: Draft, n: int, pick: Pick) -> None:
    """Numbers of more and more digits by variables of blocks in blocks."""
    sign = pick.choice(["*", "/", "+"])
    draft.blocks.append("g0: {args: {k: 1}, layers: [{relu: , repeat: $k % 2}]}")
    draft.blocks += [
        f'g{at}: {{args: {{k: 3}}, layers: [{{block: g{at - 1}, with: {{k: "$k {sign} $k"}}}}]}}'
        for at in range(1, n)
    ]
    draft.layers.append(f"{{block: g{n - 1}}}")


def long_name(draft: Draft, n: int, pick: Pick) -> None:
    name = json.dumps(letters(n, pick), ensure_ascii=False)
    often = pick.choice([1, 100, 10_000])
    places = [
        f"{{relu: , name: {name}, repeat: {often}}}",
        f"{{relu: , from: {name}, repeat: {often}}}",
        f"{{block: {name}, repeat: {often}}}",
        f"{{add: [[], {name}], repeat: {often}}}",
        f"{{{name}: 3, repeat: {often}}}",
        f"{{relu: , {name}: 3, repeat: {often}}}",
        name,
    ]
    at = pick.randrange(len(places) + 3)
    if at < len(places):
        draft.layers.append(places[at])
    elif at == len(places):
        draft.head.append(f"name: {name}")
    elif at == len(places) + 1:
        draft.vars.append(f"{name}: 1")
    else:
        draft.blocks.append(f"{name}: {{layers: [{{relu: , repeat: 10}}]}}")
        draft.layers.append(f"{{block: {name}, repeat: {often}}}")


def wrong_words(draft: Draft, n: int, pick: Pick) -> None:
    word = pick.choice([*DECLARATIONS]) * pick.choice([1, 3, 12])
    draft.layers += [f"{word}{at}" for at in range(n)]


def wrong_keys(draft: Draft, n: int, pick: Pick) -> None:
    keys = ", ".join(f"{pick.choice(['kernel_siz', 'x' * 100])}{at}: 1" for at in range(n))
    if pick.random() < 1 / 2:
        draft.layers.append(f"{{conv: 3, kernel_size: 1, {keys}}}")
    else:
        draft.tail += keys.split(", ")


def wrong_sources(draft: Draft, n: int, pick: Pick) -> None:
    name = "s" * pick.choice([1, 60, 200])
    draft.layers += [f"{{relu: , name: {name}{at}}}" for at in range(n)]
    draft.layers += [f"{{relu: , from: {name}x{at}}}" for at in range(n)]


def wrong_values(draft: Draft, n: int, pick: Pick) -> None:
    values = ["0", "-1", "x", "[1, 2, 3, 4]", "1.5", "{}", "true"]
    draft.layers += [f"{{conv: {pick.choice(values)}, kernel_size: 1}}" for _ in range(n)]


def expected_shapes(draft: Draft, n: int, pick: Pick) -> None:
    name = pick.choice(["relu_1", "nobody", "x" * 60])
    shapes = ", ".join(f"{name}{at}: [3, 16, 16]" for at in range(n))
    draft.tail.append(f"expect: {{shapes: {{{shapes}}}}}")


def long_list(draft: Draft, n: int, pick: Pick) -> None:
    item = pick.choice(["1", "[0, 1]", "relu", "[]", "$width", "null"])
    whole = f"[{', '.join([item] * n)}]"
    draft.layers.append(
        pick.choice(
            [
                f"{{conv: 3, kernel_size: {whole}}}",
                f"{{conv: 3, kernel_size: 1, padding: {whole}}}",
                f"{{concat: {whole}}}",
                f"{{add: [[], {whole}]}}",
                f"{{separable_conv: 3, kernel_size: 1, between: {whole}}}",
                f"{{unflatten: {whole}}}",
            ]
        )
    )


def long_input(draft: Draft, n: int, pick: Pick) -> None:
    draft.input = pick.choice([f"[{', '.join(['2'] * n)}]", f"[3, {'9' * n}]", f"[3, {n}, {n}]"])


def nested(draft: Draft, n: int, pick: Pick) -> None:
    opened, closed = pick.choice(
        [("[", "]"), ("{a: ", "}"), ("{add: [[], [", "]]}"), ("[[", ""), ("- ", ""), ("? ", "")]
    )
    draft.layers.append(opened * n + closed * n)


def aliases(draft: Draft, n: int, pick: Pick) -> None:
    wide = pick.choice([1, 2, 10])
    draft.head += ["x-a0: &a0 [1]"]
    draft.head += [f"x-a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * wide)}]" for at in range(1, n)]


def anchors(draft: Draft, n: int, pick: Pick) -> None:
    shared = pick.choice(["relu", f"{{{POINT}}}", "[1, 2]"])
    draft.layers += [f"&z{at} {shared}" for at in range(n)]
    draft.layers += [f"*z{pick.randrange(n)}" for _ in range(n)]


def white_space(draft: Draft, n: int, pick: Pick) -> None:
    much = pick.choice([" ", "\n", "\n ", "  # x\n", "\r\n", "\t", "\u00a0", "\u2028", "\x85"]) * n
    places = [
        ("head", much),
        ("head", f"x: a{much}b"),
        ("layers", f'"relu{much}"'),
        ("layers", f"{{conv: 3,{much}kernel_size: 1}}"),
        ("layers", f"relu{much}# '"),
        ("layers", f"{{conv: x{much}\n      y, kernel_size: 0}}"),
        ("tail", much + pick.choice(["[", "\0", "x"])),
    ]
    part, line = pick.choice(places)
    getattr(draft, part).append(line)


def comments(draft: Draft, n: int, pick: Pick) -> None:
    mark = pick.choice([" #", "#", " # '", ' "#', "# \n", " #\\"]) * n
    begun, ended = pick.choice(["0", "3", '"']), pick.choice(["", "'"])
    draft.layers.append(f"{{conv: {begun}, kernel_size: 1}}{mark}{ended}")


def long_scalar(draft: Draft, n: int, pick: Pick) -> None:
    piece = pick.choice(
        ["9", "1_", "0x1", ".", "e", "\\x41", "\\u263a", "''", '""', "x", "${x}", "!"]
    )
    quote = pick.choice(["", '"', "'"])
    draft.layers.append(f"{{conv: {quote}{piece * n}{quote}, kernel_size: 1}}")


def marks(draft: Draft, n: int, pick: Pick) -> None:
    mark = pick.choice(["%YAML 1.2", "%TAG ! x", "---", "...", "x: 1", "<<: {a: 1}", "? x", "- x"])
    getattr(draft, pick.choice(["head", "tail"])).extend([mark] * n)


GROWERS: tuple[Grower, ...] = (
    *(rows, named_rows, values_alive, readers, repeated, repeated_twice, rounds, doubling_blocks),
    *(deep_blocks, many_blocks, growing_channels, sliding, aliased_argument, many_arguments),
    *(many_variables, unknown_variables, expression, nested_expression, growing_number),
    *(long_name, long_name, wrong_words, wrong_keys, wrong_sources, wrong_values),
    *(expected_shapes, long_list, long_input, nested, aliases, anchors, white_space),
    *(comments, long_scalar, marks),
)


def of_networks(chosen: list[Grower], n: int, pick: Pick) -> Input:
    """A command about a network that grows in one way or several."""
    draft = Draft()
    for grower in chosen:
        grower(draft, n, pick)
    text = draft.text
    other = text.replace("kernel_size: 1", "kernel_size: [1, 1]").replace("relu\n", "tanh\n", 1)
    forms = [["-f", each] for each in ("json", "csv", "markdown", "table")]
    commands = [
        *[["audit", "a.yaml", *form] for form in forms],
        ["audit", "a.yaml", "--html", "a.html"],
        *[
            ["check", ".", "-f", form]
            for form in ("table", "concise", "json", "junit", "sarif", "github")
        ],
        [
            "check",
            "a.yaml",
            "--max-params",
            "1",
            "--kernel-sizes",
            "2",
            "--channels-multiple-of",
            "7",
        ],
        ["diff", "a.yaml", "b.yaml", *pick.choice(forms)],
        ["sweep", "a.yaml", "--vary", "width=1,2"],
        ["snapshot", "a.yaml"],
    ]
    words = pick.choice(commands)
    return Input(words, {"a.yaml": text} | ({"b.yaml": other} if words[0] == "diff" else {}))


SMALL = f"input: [3, 8, 8]\nvars: {{width: 1}}\nlayers: [{{{POINT}}}]\n"
