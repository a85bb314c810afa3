"""List the programs of amsynth's DSSI plugin, one name a line: what its own code finds in banks.

python dssi_programs.py PLUGIN COUNT
"""

import ctypes
import sys

Instantiate = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)


class Ladspa(ctypes.Structure):
    _fields_ = (
        ("head", ctypes.c_void_p * 6),  # id, label, properties, name, maker, copyright
        ("ports", ctypes.c_void_p * 5),  # count, descriptors, names, hints, implementation
        ("instantiate", Instantiate),
    )


class Program(ctypes.Structure):
    _fields_ = (("bank", ctypes.c_ulong), ("number", ctypes.c_ulong), ("name", ctypes.c_char_p))


GetProgram = ctypes.CFUNCTYPE(ctypes.POINTER(Program), ctypes.c_void_p, ctypes.c_ulong)


class Dssi(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("ladspa", ctypes.POINTER(Ladspa)),
        ("configure", ctypes.c_void_p),
        ("get_program", GetProgram),
    )


library = ctypes.CDLL(sys.argv[1])
library.dssi_descriptor.restype = ctypes.POINTER(Dssi)
dssi = library.dssi_descriptor(0).contents
synth = dssi.ladspa.contents.instantiate(ctypes.cast(dssi.ladspa, ctypes.c_void_p), 44100)
for index in range(int(sys.argv[2])):
    program = dssi.get_program(synth, index)
    if not program:
        break
    print(program.contents.name.decode("latin-1"))
