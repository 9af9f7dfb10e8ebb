"""The commands that `same_output.py` runs, a line each, and the files that they read."""

FORMATS = ("json", "csv", "table", "markdown")


FINDINGS = ("sarif", "junit", "gitlab", "github", "concise")


LAYERS = """
--in 16 --out 32
--in 16 --out 32 -g 4
--in 16 --out 32 -g 16
--in 16 --out 16 -g 16
--in 16 --out 48 -g 16 -p 1
--in 16 --out 32 -g 4 --explain
--in 16 --out 16 -g 16 -p 1 --explain
--in 4 --out 4 -k 1 -g 2 --size 8 --no-bias --explain
--in 4 --out 6 -k 3 -g 2 -p same -s 2 --size 9 --explain
--in 4 --out 6 -k 4 -p same --explain
--in 4 --out 6 -k 4 -s 2 -p 1 --transposed --explain
--in 4 --out 6 -k 4 -s 2 -p 1 -g 2 --transposed --output-padding 1 --explain
--in 2 --out 4 -k 9 --size 100 --dims 1 --explain
--in 2 --out 4 -k 1x2x3 --size 4x5x6 --dims 3 --explain --batch 3
--in 40 --out 80 -g 8 --explain
--in 3 --out 64 -k 7 -s 2 -p 3 --size 224 --no-bias
--in 3 --out 64 -k 7x7 -s 2x2 -p 3x3 --size 224x224
--in 64 --out 64 -k 3x5 -p same --size 48x64
--in 64 --out 64 -k 3x5 -p valid --size 48x64
--in 64 --out 64 -k 2 -p 0:1
--in 64 --out 64 -k 2 -p 0:1x1:0
--in 64 --out 64 -k 2 -p 2x0:1
--in 64 --out 64 -k 4 -p same -d 2
--in 64 --out 64 -k 4 -p same -s 3
--in 64 --out 64 -k 1
--in 64 --out 128 -k 1 -s 2
--in 64 --out 128 -k 1 -g 32
--in 64 --out 128 -k 1x1 --no-bias
--in 64 --out 128 -k 1x3
--in 64 --out 128 -k 3x1 -p 1x0
--in 64 --out 64 -k 3 -d 2
--in 64 --out 64 -k 3 -d 2 -p 2
--in 64 --out 64 -k 3 -d 1x4 -p 1x4
--in 64 --out 64 -k 3 -d 12 --size 33 -p 12 -g 64
--in 64 --out 64 -k 3 -s 1x2
--in 64 --out 64 -k 3 -s 5 --size 7
--in 64 --out 64 -k 2 -s 5 --size 7
--in 64 --out 32 -k 4 -s 2 -p 1 --transposed
--in 64 --out 32 -k 2 -s 2 --transposed --no-bias
--in 64 --out 32 -k 3 -s 2 -p 1 --output-padding 1 --transposed
--in 64 --out 32 -k 3 -s 2 -p 1 --output-padding 0x1 --transposed
--in 64 --out 64 -k 3 -g 64 -s 2 -p 1 --transposed
--in 64 --out 32 -k 3 -g 8 --transposed
--in 64 --out 32 -k 3 -d 2 --transposed
--in 64 --out 32 -k 3 -p same --transposed
--in 64 --out 32 -k 1 --transposed
--in 64 --out 32 -k 4 -s 4 --dims 1 --size 100 --transposed
--in 64 --out 32 -k 2 -s 2 --dims 3 --size 4 --transposed
--in 100 --out 512 -k 4 --size 1 --transposed --no-bias
--in 1 --out 128 -k 80 -s 4 --size 8000 --dims 1
--in 1 --out 128 -k 80 --dims 1 --size 80
--in 16 --out 16 -k 3 -p 1 -g 16 --dims 1
--in 16 --out 16 -k 3 -d 4 -p 4 --dims 1 --size 1000
--in 16 --out 16 -k 3 -p same -d 4 --dims 1 --size 1000
--in 16 --out 16 -k 3 -p 2:0 --dims 1 --size 1000
--in 3 --out 64 -k 3x7x7 --size 16x112x112 --dims 3
--in 3 --out 64 -k 3x7x7 -s 1x2x2 -p 1x3x3 --size 16x112x112 --dims 3 --no-bias
--in 64 --out 64 -k 3 -p 1 --size 8 --dims 3
--in 64 --out 64 -k 3 -p 1 -g 64 --size 8 --dims 3
--in 64 --out 64 -k 1x3x3 -p 0x1x1 --size 8x28x28 --dims 3
--in 64 --out 64 -k 3x1x1 -p 1x0x0 --size 8x28x28 --dims 3 -g 4
--in 64 --out 64 --batch 32 --dtype float16
--in 64 --out 64 --batch 32 --dtype bfloat16
--in 64 --out 64 --batch 32 --dtype float64
--in 64 --out 64 --batch 1024 --dtype int8
--in 512 --out 512 -p 1 --size 14
--in 512 --out 512 -p 1 --size 7 -g 32
--in 1 --out 1 -k 1 --size 1
--in 1 --out 1
--in 1 --out 64 -g 1
--in 3 --out 3 -g 3
--in 7 --out 7 -g 7
--in 7 --out 14 -g 7
--in 7 --out 13
--in 12 --out 18 -g 6
--in 12 --out 18 -g 3 -k 5 -p 2
--in 12 --out 18 -g 2 -k 5x3
--in 1000000 --out 1000000 -k 11 --size 100000
--in 999999999 --out 7 --size 3
--in 8 --out 8 -k 3 --size 3
--in 8 --out 8 -k 64 --size 64
--in 8 --out 8 -k 64 -p 32
--in 8 --out 8 -k 3 -p 5
--in 8 --out 8 -k 3 --dims 2 --size 5x9
--in 8 --out 8 --debug
--out 8 --in 8 --bias --groups 8 --padding 1 --stride 2 --dilation 1 --kernel-size 3
"""
"""Layers, in every format."""


BAD_LAYERS = """

--in 3
--out 3
--in 64 --out 64 -g 5
--in 64 --out 63 -g 4
--in 64 --out 64 -g 0
--in 64 --out 64 -g -1
--in 3 --out 8 -k 7 --size 5
--in 3 --out 8 -k 3 -d 9 --size 5
--in 3 --out 8 -k 3x3x3
--in 3 --out 8 -k 3x3 --dims 3
--in 3 --out 8 --dims 4
--in 3 --out 8 --dims 0
--in 3 --out 8 -k 0
--in 3 --out 8 -k x
--in 3 --out 8 -k 3.5
--in 3 --out 8 -k 1e3
--in 3 --out 8 -k 3x
--in 3 --out 8 -s 0
--in 3 --out 8 -s -1
--in 3 --out 8 -p -1
--in 3 --out 8 -p sam
--in 3 --out 8 -p 1:2:3
--in 3 --out 8 -p same -s 0
--in 3 --out 8 -p same -s 2 --transposed
--in 3 --out 8 -d 0
--in 3 --out 8 --size 0
--in 3 --out 8 --size 3x3x3
--in 3 --out 8 --batch 0
--in 3 --out 8 --dtype float8
--in 3 --out 8 --output-padding 1
--in 3 --out 8 --output-padding 2 -s 2 --transposed
--in 0 --out 8
--in -3 --out 8
--in 3 --out 99999999999999999999
--in three --out 8
--in 3 --out 8 --seed 3
--in 3 --out 8 --verify --seed x
--in 3 --out 8 -f yaml
--in 3 --out 8 --kernel 3
--in 3 --out 8 extra
--in 3 --out 8 --in 4
--in 3 --out 8 -k
--in 3 --out 8 --explain -f csv
--in 3 --out 8 -k 4 -p 9 --size 2 --transposed
"""
"""Layers that cannot be, and flags that mean nothing."""


VERIFIED = """
--in 4 --out 8
--in 4 --out 8 -g 4 --seed 3
--in 4 --out 8 -k 2 -p same -g 2 --size 9
--in 4 --out 4 -k 4 -s 2 -p 1 --transposed --size 9
--in 4 --out 4 -k 3 -s 2 -g 4 --output-padding 1 --transposed --size 9 --no-bias
--in 2 --out 4 -k 9 -d 2 --size 100 --dims 1
--in 2 --out 4 -k 1x2x3 -p 0x1x1 --size 4x5x6 --dims 3 --batch 2
--in 4 --out 4 --dtype float64 --size 12
--in 4 --out 4 --dtype int8 --size 12
--in 4 --out 4 --dtype float16 --size 12 --explain
"""
"""Layers that are run on arrays."""


SWEEPS = """
--in 16 --out 32 -p 1 --no-bias --vary groups=1,2,4,5,16
--in 16 --out 32 -p 3 --vary kernel-size=1:7:2
--in 16 --out 32 --vary kernel-size=1,3,5 --vary stride=1,2
--in 64 --out 64 --vary kernel-size=1x3,3x1,3x3
--in 16 --out 32 --vary in=8:64:8
--in 16 --vary out=8:64:8
--vary in=1,2 --vary out=3,4
--in 16 --out 32 --vary size=1:16:3
--in 16 --out 32 --vary batch=1,2,4
--in 16 --out 32 --vary padding=0,1,same,valid,0:1
--in 16 --out 32 --vary dilation=1:40:13
--in 16 --out 32 --transposed -s 3 --vary output-padding=0,1,2,3
--in 16 --out 32 --transposed --vary stride=1:4:1 --vary padding=0,1
--in 16 --out 32 --dims 1 --size 100 --vary kernel-size=3:9:3
--in 16 --out 32 --dims 3 --size 9 --vary kernel-size=1x3x3,3 --batch 2
examples/mobilenet-v1.yaml --vary width=0.25:1:0.25
examples/mobilenet-v1.yaml --vary width=0.25:1:0.25 --vary size=128:224:32
examples/mobilenet-v1.yaml --vary size=1,7,32x64 --set width=0.5
examples/mobilenet-v2.yaml --vary width=0.5,0.75,1,1.4
examples/resnext50-32x4d.yaml --vary groups=1,2,32,33
examples/densenet121.yaml --vary growth=12,32
examples/unet.yaml --vary size=63,64,128
examples/m5.yaml --vary batch=1,8 --vary size=1000,8000
examples/r3d18.yaml --vary size=8x56x56,16x112x112
tests/cases/good/repeats.yaml --vary n=0:5:1
tests/cases/good/expressions.yaml --vary size=5,9
tests/cases/good/blocks.yaml --vary batch=1:3:1
- --vary size=224
"""
"""Sweeps, in every format."""


BAD_SWEEPS = """

--in 16 --out 32
--vary groups=1,2
--in 16 --out 32 --vary groups
--in 16 --out 32 --vary groups=
--in 16 --out 32 --vary groups=1,x
--in 16 --out 32 --vary group=1,2
--in 16 --out 32 --vary groups=1:2
--in 16 --out 32 --vary groups=1:2:0
--in 16 --out 32 --vary groups=5:1:1
--in 16 --out 32 --vary groups=1,2 --vary groups=4
--in 16 --out 32 --vary groups=1,2 --vary in=4 --vary out=4
--in 16 --out 32 --vary size=1:99999999:1 --vary batch=1:99999999:1
--in 16 --out 32 --vary groups=1,2 -g 4
--in 16 --out 32 --vary width=1,2
examples/m5.yaml --vary groups=1,2
examples/m5.yaml --vary width=1,2
examples/m5.yaml --in 4 --vary size=8000
examples/m5.yaml --vary size=1x2
examples/nosuch.yaml --vary size=8000
examples/mobilenet-v1.yaml --vary width=0.5 --set width=1
examples/mobilenet-v1.yaml --vary width=0.5 --set depth=1
tests/cases/bad/flag-yes.yaml --vary size=8
examples/m5.yaml examples/vgg16.yaml --vary size=8
"""
"""Sweeps that cannot be."""


AUDITS = """
--all --sort macs -f json
--all --sort params --top 3 -f csv
--all --top 5 -f table
--sort activation -f markdown
--sort macs --top 10 -f table
--batch 4 --dtype float16 --groups 3,16 -f json
--size 64 -f json
--set width=0.5 -f json
"""
"""Flags of audit, for each network that is one."""


BAD_AUDITS = """

nosuch.yaml
examples
examples/m5.yaml nosuch.yaml
examples/m5.yaml --size 0
examples/m5.yaml --size 1x2x3
examples/m5.yaml --size x
examples/m5.yaml --batch 0
examples/m5.yaml --dtype float8
examples/m5.yaml --groups 0
examples/m5.yaml --groups x
examples/m5.yaml --groups ,
examples/m5.yaml --groups 2,2
examples/m5.yaml --sort name
examples/m5.yaml --top 0
examples/m5.yaml --top x
examples/m5.yaml --set width
examples/m5.yaml --set width=
examples/m5.yaml --set width=x
examples/m5.yaml --set width=1
examples/mobilenet-v1.yaml --set widht=1
examples/mobilenet-v1.yaml --set width=0
examples/mobilenet-v1.yaml --set width=0.1 --set width=0.2
examples/mobilenet-v1.yaml --set width=1/2
examples/m5.yaml --seed 1
examples/m5.yaml --al
examples/m5.yaml -f sarif
examples/m5.yaml examples/m5.yaml
examples/m5.yaml - -
- -
"""
"""Audits that cannot be, or nearly so."""


CHECKS = """
--max-params 1k --max-macs 1M -f json
--max-flops 1k --max-peak-activation 1KiB --max-activation 1KiB -f csv
--max-weight 1KiB --max-input 1B --max-torchsummary 1KiB -f json
--max-layer-share 20% -f json
--kernel-sizes 1,5 -f csv
--groups-multiple-of 3 --channels-multiple-of 7 -f json
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f sarif
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f junit
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f gitlab
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f github
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f concise
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f table
--max-params 1k --max-layer-share 20% --kernel-sizes 1 --channels-multiple-of 7 -f markdown
--max-params 200M --max-macs 200G --max-peak-activation 300MiB -f json
"""
"""Limits, for each network that is one."""


BAD_CHECKS = """
nosuch.yaml
nosuch
odd/none
examples/m5.yaml --max-params
examples/m5.yaml --max-params x
examples/m5.yaml --max-params -1
examples/m5.yaml --max-params 1.5
examples/m5.yaml --max-params 1KiB
examples/m5.yaml --max-params 0
examples/m5.yaml --max-weight 1k
examples/m5.yaml --max-weight 1XiB
examples/m5.yaml --max-parms 1k
examples/m5.yaml --max-layer-share 40
examples/m5.yaml --max-layer-share 101%
examples/m5.yaml --max-layer-share 0%
examples/m5.yaml --kernel-sizes ""
examples/m5.yaml --kernel-sizes 1,x
examples/m5.yaml --kernel-sizes 0
examples/m5.yaml --groups-multiple-of 0
examples/m5.yaml --channels-multiple-of x
examples/m5.yaml --against nosuch.json
examples/m5.yaml --against examples/m5.yaml
examples/m5.yaml --against ""
examples/m5.yaml --against configs/not-met.json
examples/m5.yaml --against configs/broken.json
examples/m5.yaml --against configs/other.json
examples/m5.yaml --allow params=+2%
examples/m5.yaml --update
examples/alexnet.yaml --against smaller.json --allow params
examples/alexnet.yaml --against smaller.json --allow params=2%
examples/alexnet.yaml --against smaller.json --allow param=+2%
examples/alexnet.yaml --against smaller.json --allow params=+x
examples/m5.yaml --config nosuch.toml
examples/m5.yaml --config ""
examples/m5.yaml --seed 1
examples/m5.yaml -f yaml
examples/m5.yaml examples/m5.yaml
examples/README.md
examples/README.md --skip-other
- -
"""
"""Checks that cannot be, or nearly so."""


AGAINST = """
--against smaller.json
--against smaller.json --allow params=+2%
--against smaller.json --allow params=+200M --allow macs=+10M
--against smaller.json --allow params=+1000% --allow macs=+1000% --allow peak_activation=+1GiB
"""
"""Checks of examples against a snapshot in which networks are smaller than now."""


OTHERS = """
--help
-h
layer --help
audit --help
sweep --help
check --help
diff --help
snapshot --help
rule --help
schema --help
examples --help
--version

-x
--hlep
layr
layer layer
audits
rule
rule CC999
rule cc101
rule over-budget
rule over-budgets
rule CC101 CC102
schema
schema extra
examples
examples nosuch
examples resnet
examples alexnet vgg16
snapshot
snapshot nosuch
snapshot examples
snapshot examples tests/cases/good
snapshot tests/cases/bad
snapshot tests/cases/bad/flag-yes.yaml examples/m5.yaml
snapshot odd
snapshot odd --skip-other
snapshot odd/other.yaml
snapshot odd/other.yaml examples/m5.yaml --skip-other
snapshot -
snapshot examples -f json
diff
diff examples/m5.yaml
diff examples/m5.yaml nosuch.yaml
diff nosuch.yaml examples/m5.yaml
diff HEAD:examples/m5.yaml examples/m5.yaml
diff examples/m5.yaml examples/vgg16.yaml --fail-on params
diff examples/m5.yaml examples/vgg16.yaml --fail-on parms=+2%
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=-2%
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=+2% --fail-on macs=+1k -f json
diff examples/m5.yaml examples/vgg16.yaml --fail-on params=+1G --fail-on macs=+99999% -f json
diff examples/m5.yaml examples/vgg16.yaml -f sarif
diff examples/m5.yaml examples/vgg16.yaml examples/unet.yaml
diff examples/m5.yaml -
diff - -
layer --in 4 --out 4 -o ""
layer --in 4 --out 4 -o -
layer --in 4 --out 4 -o examples
layer --in 4 --out 4 -o {out}/nosuch/x.json
layer --in 4 --out 4 -o {out}/ -f json
audit examples/m5.yaml -o examples/m5.yaml
audit examples/m5.yaml -f json -o {out}/x.json --html {out}/x.json
audit - -f json
audit examples/m5.yaml - --batch 2 -f json
audit examples/m5.yaml --plot {out}/x.txt
layer --in 4 --out 4 --plot {out}/x
layer --in 4 --out 4 --plot ""
check examples --against smaller.json --update -o smaller.json
"""
"""Other commands, one each."""


PICTURES = """
audit examples/m5.yaml -f json --html {out}/x.html
audit examples/resnet18.yaml examples/m5.yaml -f json --html {out}/x.html
audit tests/cases/good/names.yaml tests/cases/bad/flag-yes.yaml -f json --html {out}/x.html
audit examples/m5.yaml -f json --plot {out}/x.svg
layer --in 16 --out 32 -g 4 -f json --plot {out}/x.svg
sweep --in 16 --out 32 --vary groups=1,2,4,8 -f json --plot {out}/x.svg
sweep --in 16 --out 32 --vary groups=1,2,3 --vary stride=1,2 -f json --plot {out}/x.svg
"""
"""Commands that draw."""


IN_REPO = """
diff HEAD:net.yaml net.yaml
diff HEAD~1:net.yaml HEAD:net.yaml
diff HEAD~1:net.yaml net.yaml --fail-on params=+2%
diff HEAD:nosuch.yaml net.yaml
diff HEAD~9:net.yaml net.yaml
diff HEAD:./net.yaml net.yaml
"""
"""Commands in a folder that git knows."""


COMPLETIONS = ("convcalc ", "convcalc la", "convcalc check --max-", "convcalc audit -f ")


PROJECT = """
[[check]]
files = ["mobile/**"]
max-params = "3M"
max-macs = "200M"
max-peak-activation = "2MiB"

[[check]]
files = ["*.yaml", "mobile/*2*"]
level = "warn"
max-layer-share = "10%"
kernel-sizes = [1, 3]
groups-multiple-of = 7
channels-multiple-of = 16

[[check]]
max-weight = "100MiB"
"""
"""The settings of a folder; `pyproject/` has the same under `tool.convcalc`."""


CONFIGS = {
    "empty.toml": "",
    "broken.toml": "[[check\n",
    "unknown.toml": "[[check]]\nmax-parms = 1\n",
    "unknown-table.toml": "[chek]\nmax-params = 1\n",
    "no-list.toml": "[check]\nmax-params = 1\n",
    "level.toml": '[[check]]\nlevel = "info"\nmax-params = 1\n',
    "nothing.toml": '[[check]]\nfiles = ["*"]\n',
    "value.toml": '[[check]]\nmax-params = "x"\n',
    "float.toml": "[[check]]\nmax-params = 1.5\n",
    "share.toml": '[[check]]\nmax-layer-share = "40"\n',
    "pattern.toml": '[[check]]\nfiles = ["../*"]\nmax-params = 1\n',
    "no-pattern.toml": "[[check]]\nfiles = []\nmax-params = 1\n",
    "idle.toml": '[[check]]\nfiles = ["nets/*"]\nmax-params = 1\n',
    "warn.toml": '[[check]]\nlevel = "warn"\nmax-params = 1\nkernel-sizes = [2]\n',
    "all.toml": "[[check]]\nmax-params = 1\nmax-input = 1\nchannels-multiple-of = 1000\n",
}
"""Files for `--config`."""


ODD = {
    "odd/empty.yaml": b"",
    "odd/comment.yaml": b"# nothing\n",
    "odd/bytes.yaml": b"input: [3, 8, 8]\nname: \xff\nlayers: [relu]\n",
    "odd/nul.yaml": b"input: [3, 8, 8]\0\n",
    "odd/mark.yaml": b"\xef\xbb\xbfinput: [3, 8, 8]\nlayers: [relu]\n",
    "odd/lines.yaml": b"input: [3, 8, 8]\r\nlayers:\r\n  - relu\r\n  - rellu\r\n",
    "odd/tabs.yaml": b"input: [3, 8, 8]\nlayers:\n\t- relu\n",
    "odd/two.yaml": b"input: [3, 8, 8]\nlayers: [relu]\n---\ninput: [3, 8, 8]\nlayers: [relu]\n",
    "odd/other.yaml": b"services: {a: 1}\n",
    "odd/list.yaml": b"- a\n- b\n",
    "odd/typo.yaml": b"inputs: [3, 8, 8]\nlayer: [relu]\n",
    "odd/with space, and = comma.yaml": b"input: [3, 8, 8]\nlayers: [relu]\n",
    "odd/=name.yaml": b"name: '=1+1'\ninput: [3, 8, 8]\nlayers: [{relu: , name: unread}]\n",
    "odd/\xe9\U0001f600.yaml": "name: \xe9\U0001f600\ninput: [3]\nlayers: [x]\n".encode(),
    "odd/::error.yml": b"name: '::error::x'\ninput: [3, 8, 8]\nlayers: [relu, {add: [[], x]}]\n",
    "odd/.hidden/net.yaml": b"input: [3, 8, 8]\nlayers: [rellu]\n",
    "odd/none/readme.txt": b"nothing here\n",
    "configs/broken.json": b"{",
    "configs/other.json": b"{}",
    "configs/not-met.json": b'{"convcalc_snapshot": 1, "networks": {}}',
}
"""Files that are no networks, or have names that need care."""
