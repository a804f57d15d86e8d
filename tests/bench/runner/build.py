"""Builds what is measured: our server, the load client, and the peers."""
import dataclasses
import os
import pathlib
import shutil
import subprocess


@dataclasses.dataclass
class Paths:
    """What was built. A peer whose toolchain or registry is not there is None."""
    stoa: pathlib.Path
    plugins: pathlib.Path
    crowd: pathlib.Path
    load: pathlib.Path
    bare: pathlib.Path
    neffos: pathlib.Path | None
    node: pathlib.Path | None
    scratch: pathlib.Path


def everything(tree, build):
    """Builds all into `build`. Returns the Paths; raises CalledProcessError if ours do not build."""
    bench = build / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    _cmake(tree, build)
    _cmake(tree / "tests/bench", bench)
    return Paths(
        stoa=build / "bin/stoa", plugins=build / "plugins", crowd=bench / "plugins/crowd.so",
        load=bench / "bench_load", bare=bench / "bench_bare",
        neffos=_go(tree / "tests/bench/peers/neffos", bench / "bench_neffos"),
        node=_npm(tree / "tests/bench/peers/node", bench / "node"),
        scratch=bench)


def _cmake(source, build):
    if not (build / "CMakeCache.txt").exists():
        _quiet(["cmake", "-S", source, "-B", build, "-G", "Ninja",
                "-DCMAKE_BUILD_TYPE=RelWithDebInfo"])
    _quiet(["cmake", "--build", build])


def _go(source, product):
    if shutil.which("go") is None:
        print("left out: neffos, for want of Go")
        return None
    return _peer("neffos", ["go", "build", "-o", product, "."], source, product)


def _npm(source, folder):
    """npm writes beside package.json, so it gets a copy outside the tree."""
    if shutil.which("npm") is None:
        print("left out: ws and Socket.IO, for want of npm")
        return None
    shutil.copytree(source, folder, dirs_exist_ok=True)
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
    return _peer("ws and Socket.IO", command, folder, folder)


def _peer(name, command, folder, product):
    try:
        _quiet(command, cwd=folder)
        return product
    except subprocess.CalledProcessError as error:
        print(f"left out: {name}, which does not build: {error.output.strip().splitlines()[-1:]}")
        return None


def _quiet(command, cwd=None):
    subprocess.run([os.fspath(part) for part in command], cwd=cwd, check=True, text=True,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
