"""Writes types.yaml beside this file: of the types that the file named as the only argument holds (README.md says which),
those that a Job and a ConfigMap are made of, word for word."""

import pathlib
import re
import sys

text = pathlib.Path(sys.argv[1]).read_text()
start = text.index("types:\n")
blocks = re.split(r"(?m)^(?=- name: )", text[start : text.index("`", start)])[1:]
types = {re.match(r"- name: (\S+)", block)[1]: block for block in blocks}
wanted, kept = ["io.k8s.api.batch.v1.Job", "io.k8s.api.core.v1.ConfigMap"], set()
while wanted:
    name = wanted.pop()
    if name not in kept:
        kept.add(name)
        wanted += re.findall(r"namedType: (\S+)", types[name])
out = "types:\n" + "".join(types[name] for name in sorted(kept))
(pathlib.Path(__file__).parent / "types.yaml").write_text(out)
