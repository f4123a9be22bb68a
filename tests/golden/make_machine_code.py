"""Assembles with GNU `as` what lib/tensorflow/machine_code/ has methods for.

    python3 tests/golden/make_machine_code.py [--out OUT]
    deno fmt tests/golden

Writes machine_code.json, on Linux with binutils on x86-64: calls of the methods of Assembler,
VectorAssembler, Avx2Assembler and Bfloat16Assembler, the instructions that they stand for, and the bytes of these.
Where an instruction has several encodings, `as` is told by its pseudo prefixes, which the text shows,
to take the same as the library does: an offset is always written, VEX has three bytes, whole numbers
load their second operand. Where no prefix can ask for that one, it stands here, and `objdump` must
read it as the same instruction.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--out", type=Path, default=Path(__file__).parent)
OUT = PARSER.parse_args().out

GENERAL = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = range(16)
CONDITIONS = {"less": "l", "notLess": "ge", "zero": "z", "notZero": "nz", "negative": "s"}

# Those whose encoding, or that of their neighbours, is an exception.
BASES = [RAX, RSP, RBP, R12, R13]
INDEXES = [RCX, RBP, R8, R12, R13, R15]
OFFSETS = [0, 1, -1, 64, 127, 128, -128, -129, 2**31 - 1, 1 - 2**31]
# AVX-512 writes an offset as a byte if it is a multiple of the vector.
VECTOR_OFFSETS = [*OFFSETS, 32, -64, 127 * 64, 128 * 64, -128 * 64, -129 * 64, 127 * 64 + 4]
FLOAT_OFFSETS = [*OFFSETS, 2, 4, -4, 127 * 4, 128 * 4, -128 * 4, -129 * 4]
NUMBERS = [0, 1, -1, 127, 128, -128, -129, 2**31 - 1, -(2**31)]
LONG_NUMBERS = [0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1, 0x0123456789ABCDEF, -1, -(2**63)]

# All registers once in each position.
PAIRS = [(a, (5 * a + 3) % 16) for a in range(16)]

# What `as` has a shorter encoding of, and no prefix against it.
LONGER = {
    "add rax, 1000": "4881c0e8030000",
    "sub rax, 128": "4881e880000000",
    "cmp rax, -129": "4881f87fffffff",
    "imul rax, rcx, 5": "4869c105000000",
    "imul r9, r15, -1": "4d69cfffffffff",
    "shr rax, 1": "48c1e801",
    "shr r15, 1": "49c1ef01",
}


def memory(base, index=None, scale=None, offset=None):
    """A place in memory as the library takes it; what is not given is absent."""
    place = {"base": base, "index": index, "scale": scale, "offset": offset}
    return {key: value for key, value in place.items() if value is not None}


def places(offsets):
    yield from (memory(base) for base in range(16))
    yield from (memory(base, offset=offset) for base in BASES for offset in offsets)
    yield from (memory(base, index) for base in BASES for index in INDEXES)
    yield from (memory(RBP, R15, scale) for scale in (1, 2, 4, 8))
    yield from (memory(R13, R12, 8, offset) for offset in offsets)


def some_places():
    yield from (memory(RSP), memory(R13, offset=-129), memory(RDI, RBP, 2, 1), memory(R12, R15, 8, 128))


def written(operand, vector):
    """An operand in Intel's syntax."""
    if not isinstance(operand, dict):
        return f"{vector}mm{operand}" if vector else GENERAL[operand]
    if "register" in operand:
        return GENERAL[operand["register"]]
    text = GENERAL[operand["base"]]
    if "index" in operand:
        text += f" + {GENERAL[operand['index']]}*{operand.get('scale', 1)}"
    offset = operand.get("offset", 0)
    return f"[{text} {'-' if offset < 0 else '+'} {abs(offset)}]" if offset else f"[{text}]"


def instruction(name, *operands, vector=""):
    """The line of an instruction whose operands are registers and at most one place in memory."""
    place = next((it for it in operands if isinstance(it, dict) and "base" in it), None)
    prefixes = {"": "", "y": "{vex3} ", "z": "{evex} "}[vector]
    if place is None and (vector or name in ("add", "sub", "cmp", "xor")):
        prefixes += "{load} "
    if place is not None and not place.get("offset"):
        prefixes += "{disp8} "
    return f"{prefixes}{name} " + ", ".join(written(it, vector) for it in operands)


def general():
    """Calls of Assembler's methods: arguments and lines, by method."""
    for to, other in PAIRS:
        yield "mov", [to, other], instruction("mov", to, other)
        for name in ("push", "pop", "call"):
            yield name, [to], f"{name} {GENERAL[to]}"
    for to, other, text in ((14, 0, "r14d, eax"), (3, 9, "ebx, r9d"), (12, 13, "r12d, r13d")):
        yield "mov32", [to, other], f"mov {text}"
    for to, other in PAIRS[1::3]:
        yield "test", [to, other], instruction("test", to, other)
        yield "imul", [to, other, 1000 - to], f"imul {GENERAL[to]}, {GENERAL[other]}, {1000 - to}"
        yield "shr", [to, to + 2], f"shr {GENERAL[to]}, {to + 2}"
        for name in ("add", "sub", "cmp", "xor"):
            yield name, [to, {"register": other}], instruction(name, to, {"register": other})
        yield "add", [to, 8], f"add {GENERAL[to]}, 8"
    for condition, letters in CONDITIONS.items():
        for to, other in ((RAX, R15), (R9, RCX), (R12, R13)):
            yield "cmov", [condition, to, other], instruction(f"cmov{letters}", to, other)
    for i, place in enumerate(places(OFFSETS)):
        yield "lea", [i % 16, place], instruction("lea", i % 16, place)
    for i, place in enumerate(some_places()):
        to = (RDX, R9, RBX, R14)[i]
        for name in ("add", "sub", "cmp"):
            yield name, [to, place], instruction(name, to, place)
        yield "load", [to, place], instruction("mov", to, place)
        yield "store", [place, to], instruction("mov", place, to)
        half = {GENERAL[RDX]: "edx", GENERAL[R9]: "r9d", GENERAL[RBX]: "ebx", GENERAL[R14]: "r14d"}
        name = GENERAL[to]
        text = instruction("mov", to, place).replace(f"mov {name}", f"{{rex}} mov {half[name]}")
        yield "load32", [to, place], text
        for name in ("prefetcht0", "prefetchw"):
            yield name, [place], "{rex} " + instruction(name, place)
    for name in ("add", "sub", "cmp"):
        for to in (RCX, R12):
            for number in NUMBERS:
                yield name, [to, number], f"{name} {GENERAL[to]}, {number}"
    # JSON has no whole numbers of 64 bits.
    for i, number in enumerate(LONG_NUMBERS):
        to = (RAX, RSP, R8, R15)[i % 4]
        yield "movNumber", [to, str(number)], f"movabs {GENERAL[to]}, {number}"
    yield "add", [RAX, 1000], "add rax, 1000"
    yield "sub", [RAX, 128], "sub rax, 128"
    yield "cmp", [RAX, -129], "cmp rax, -129"
    yield "imul", [RAX, RCX, 5], "imul rax, rcx, 5"
    yield "imul", [R9, R15, -1], "imul r9, r15, -1"
    yield "imul", [R12, RSP, -(2**31)], f"imul r12, rsp, {-(2**31)}"
    yield "shr", [RAX, 1], "shr rax, 1"
    yield "shr", [R15, 1], "shr r15, 1"
    yield "shr", [RSP, 63], "shr rsp, 63"
    yield "ret", [], "ret"


def vectors(vector, count):
    """Calls of VectorAssembler's methods, for `count` vectors of that letter."""
    calculations = ["add", "sub", "mul", "div", "max"]
    calculations = [f"v{name}ps" for name in calculations] + ["vfmadd231ps", "vfnmadd231ps"]
    line = lambda name, *operands: instruction(name, *operands, vector=vector)
    triples = [(a, (7 * a + 5) % count, (11 * a + 9) % count) for a in range(count)]
    for a, b, c in triples:
        yield "vaddps", [a, b, c], line("vaddps", a, b, c)
    # These share that encoding: some registers will do.
    for a, b, c in triples[3::5]:
        yield "vmovups", [a, c], line("vmovups", a, c)
        yield "vsqrtps", [a, c], line("vsqrtps", a, c)
        for name in ("vpslld", "vpsrld"):
            yield name, [a, c, b], f"{line(name, a, c)}, {b}"
        for name in calculations[1:]:
            yield name, [a, b, c], line(name, a, b, c)
        yield "zero", [a], line("vpxor" if vector == "y" else "vpxord", a, a, a)
        yield "keepWherePositive", [a, b, c], keep(vector, a, b, c)
    for i, place in enumerate(places(VECTOR_OFFSETS if vector == "z" else OFFSETS)):
        a = i % count
        yield "vmovups", [a, place], line("vmovups", a, place)
    for i, place in enumerate(some_places()):
        a, b, _ = triples[-1 - 2 * i]
        yield "vmovupsStore", [place, a], line("vmovups", place, a)
        for name in calculations:
            yield name, [a, b, place], line(name, a, b, place)
    for i, place in enumerate([*some_places(), *(memory(R9, offset=it) for it in FLOAT_OFFSETS)]):
        a = triples[i % count][1]
        yield "vbroadcastss", [a, place], line("vbroadcastss", a, place)
    yield "vzeroupper", [], "vzeroupper"


def keep(vector, kept, others, zero):
    """Where others are greater than zero; 0x1e: greater, ordered, quiet."""
    kept, others, zero = (f"{vector}mm{it}" for it in (kept, others, zero))
    if vector == "z":
        return f"{{evex}} vcmpps k1, {others}, {zero}, 0x1e; {{evex}} {{load}} vmovaps {kept}{{k1}}{{z}}, {kept}"
    return f"{{vex3}} vcmpps {others}, {others}, {zero}, 0x1e; {{vex3}} vandps {kept}, {kept}, {others}"


def avx2():
    """Calls of Avx2Assembler's own methods."""
    line = lambda name, *operands: instruction(name, *operands, vector="y")
    pairs = ["vcvtps2dq", "vcvtdq2ps"]
    triples = ["vandps", "vandnps", "vorps", "vpaddd", "vpcmpeqd", "vpminud", "vfmadd213ps"]
    for a in range(0, 16, 3):
        b, c = (7 * a + 5) % 16, (11 * a + 9) % 16
        for name in pairs:
            yield name, [a, b], line(name, a, b)
        for name in triples:
            yield name, [a, b, c], line(name, a, b, c)
        for name in ("vshufps", "vperm2f128"):
            yield name, [a, b, c, 0x4E], f"{line(name, a, b, c)}, 0x4e"
        yield "vcmpps", [a, b, c, 0x11], f"{line('vcmpps', a, b, c)}, 0x11"
    for i, place in enumerate(some_places()):
        a, b = (5 * i + 2) % 16, (3 * i + 7) % 16
        for name in triples:
            yield name, [a, b, place], line(name, a, b, place)
        yield "vmaskmovps", [a, b, place], line("vmaskmovps", a, b, place)
        yield "vmaskmovpsStore", [place, b, a], line("vmaskmovps", place, b, a)
        text = line("vpextrb", place, a).replace("ymm", "xmm")
        yield "vpextrbStore", [place, a, 3], f"{text}, 3"
        yield "vmovssStore", [place, a], line("vmovss", place, a).replace("ymm", "xmm")


def bfloat16():
    """Calls of Bfloat16Assembler's own methods."""
    line = lambda name, *operands: instruction(name, *operands, vector="z")
    half = lambda name, *operands: line(name, *operands).replace("zmm", "ymm")
    for i, place in enumerate([*some_places(), *(memory(R9, offset=it) for it in VECTOR_OFFSETS)]):
        a = (11 * i + 3) % 32
        yield "vmovupsHalf", [a, place], half("vmovups", a, place)
        yield "vmovupsHalfStore", [place, a], half("vmovups", place, a)
        yield "vpmovzxwd", [a, place], line("vpmovzxwd", a, place)
        yield "vpmovdwStore", [place, a], line("vpmovdw", place, a)
    for a in range(0, 32, 3):
        b, c = (7 * a + 5) % 32, (11 * a + 9) % 32
        yield "vcvtneps2bf16", [a, b], line("vcvtneps2bf16", a, b).replace("zmm", "ymm", 1)
        yield "vcvtne2ps2bf16", [a, b, c], line("vcvtne2ps2bf16", a, b, c)
        yield "vpermw", [a, b, c], line("vpermw", a, b, c)
        yield "vpord", [a, b, c], line("vpord", a, b, c)

    def tile(name, *operands):
        return line(name, *operands).replace("zmm", "tmm").replace("{evex} ", "")

    for place in some_places():
        yield "ldtilecfg", [place], tile("ldtilecfg", place)
    yield "tilerelease", [], "tilerelease"
    for a in range(8):
        b, c = (a + 3) % 8, (a + 5) % 8
        yield "tilezero", [a], f"tilezero tmm{a}"
        yield "tdpbf16ps", [a, b, c], f"tdpbf16ps tmm{a}, tmm{b}, tmm{c}"
        base, index, offset = (RSP, R8, R13, RDI)[a % 4], (RCX, R11, RBP, R15)[a // 2], OFFSETS[a]
        place = memory(base, index, None, offset)
        yield "tileloadd", [a, place], tile("tileloadd", a, place)
        yield "tilestored", [place, a], tile("tilestored", place, a)


def jumps():
    """Code with jumps, which the test writes by several calls; by the name of that code."""
    every = "; ".join(f"{{disp32}} j{letters} 1f" for letters in CONDITIONS.values())
    yield "forward", [], f"{every}; call r11; 1: ret"
    yield "backward", [], "push rbx; 1: pop rbx; {disp32} js 1b; {disp32} jl 1b; ret"
    yield "both ways", [], "{disp32} jz 1f; push r12; 1: pop r12; {disp32} jnz 1b; ret"
    yield "to itself", [], "1: {disp32} jz 1b; {disp32} jz 2f; 2:"
    yield "loop", [], "mov rcx, rdx; 1: add rax, 8; sub rcx, 1; {disp32} jnz 1b; ret"
    inner = "2: add rsi, 64; sub r15, 16; {disp32} jnz 2b"
    yield "loop in a loop", [], f"1: mov r15, r14; {inner}; sub rdi, 1000; {{disp32}} jnz 1b"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def assembled(texts):
    """The bytes of each text."""
    with tempfile.TemporaryDirectory() as folder:
        source, binary, raw = (f"{folder}/code.{ending}" for ending in ("s", "o", "bin"))
        lines = [f"case{i}: {text}" for i, text in enumerate([*texts, ""])]
        Path(source).write_text("\n".join([".intel_syntax noprefix", *lines, ""]))
        run("as", "--64", source, "-o", binary)
        run("objcopy", "-O", "binary", "-j", ".text", binary, raw)
        symbols = (line.split() for line in run("nm", binary).splitlines())
        starts = {name: int(address, 16) for address, _, name in symbols}
        code = Path(raw).read_bytes()
    return [code[starts[f"case{i}"] : starts[f"case{i + 1}"]] for i in range(len(texts))]


def read_back(code):
    """The instructions that `objdump` sees in the bytes."""
    with tempfile.NamedTemporaryFile() as raw:
        Path(raw.name).write_bytes(code)
        text = run("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", raw.name)
    # An instruction's line: address, bytes, text; a shift by 1 is written as its encoding is.
    lines = [parts[2] for line in text.splitlines() if len(parts := line.split("\t")) == 3]
    return [re.sub(",1$", ",0x1", line) for line in lines]


def cases(calls):
    calls = list(calls)
    result = {}
    for (name, arguments, text), code in zip(calls, assembled([text for _, _, text in calls])):
        if text in LONGER:
            longer = bytes.fromhex(LONGER[text])
            assert len(longer) > len(code) and read_back(longer) == read_back(code), text
            code = longer
        result.setdefault(name, []).append([arguments, text, code.hex()])
    return result


VALUE = {
    "general": cases(general()),
    "jumps": cases(jumps()),
    "AVX2": cases(vectors("y", 16)),
    "AVX-512": cases(vectors("z", 32)),
    "more of AVX2": cases(avx2()),
    "bfloat16": cases(bfloat16()),
}
(OUT / "machine_code.json").write_text(json.dumps(VALUE) + "\n")
